/** A storm at one host with many paths, through the gates of the library itself: 503 for a minute, then 2,000 accepts a second. */
import { expect, test } from 'vitest';
import { decisionAfter } from '../../src/actors/supervisor/decisions.ts';
import { defaultPolicy } from '../../src/config/policy.ts';
import type { GateDecision, Waiter } from '../../src/endpoints/endpoint-gate.ts';
import { Gates } from '../../src/endpoints/gates.ts';
import { Offline } from '../../src/endpoints/offline.ts';
import type { Plan } from '../../src/endpoints/plan.ts';
import type { Exit } from '../../src/policy/exits.ts';
import { freshHistory } from '../../src/policy/restart.ts';
import { Wheel } from '../../src/storm/wheel.ts';
import { type VirtualClock, virtualClock } from '../../src/testing/clock.ts';
import { Timekeeper } from '../../src/time/timekeeper.ts';

const OUTAGE_MS = 60_000;
const ANSWER_MS = 50;
const CAPACITY = 2000;
const CLIENTS = 10_000;
const PROCESSES = 20;

const base = { class: 'retryable', at: 0 } as const;
const lost: Exit = { ...base, reason: 'reset', livedMs: 3_600_000, proved: true };
const refused: Exit = { ...base, reason: 'upgrade-refused', code: 503, livedMs: 0, proved: false };

class Client implements Waiter {
  readonly plan: Plan;
  readonly item: number;
  history = freshHistory;
  /** What its timer does. */
  next = () => {};

  constructor(item: number, key: string) {
    this.item = item;
    const known = {
      policy: defaultPolicy,
      endpointKey: key,
      dialledKey: key,
      endpointKeyAfter: () => key,
      skip: () => false,
    };
    this.plan = known as unknown as Plan;
  }
}

/** All clients in their processes, and the server. Timers of clients are in the wheel, those of gates in the clock. */
class Storm {
  readonly #clock: VirtualClock;
  readonly #wheel = new Wheel(CLIENTS);
  readonly #clients: readonly Client[];
  readonly attempts: number[] = [];
  readonly connected: number[] = [];
  #freeAt = 0;

  constructor(seed: number, keyOf: (client: number) => string) {
    this.#clock = virtualClock({ seed });
    this.#clients = Array.from({ length: CLIENTS }, (_, at) => new Client(at, keyOf(at)));
    const { length } = this.#clients;
    for (let at = 0; at < length; at += length / PROCESSES) {
      this.#start(this.#clients.slice(at, at + length / PROCESSES));
    }
    while (this.connected.length < CLIENTS && this.#wheel.now < 1_000_000) {
      this.#clock.advance(1);
      this.#wheel.tick((item) => this.#clients[item]?.next());
    }
  }

  get peak(): number {
    const seconds = new Map<number, number>();
    for (const at of this.attempts) {
      const second = Math.floor(at / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    return Math.max(...seconds.values());
  }

  /** Seconds after server-up at which 99% were connected. */
  get t99(): number {
    return ((this.connected[CLIENTS * 0.99 - 1] ?? Number.POSITIVE_INFINITY) - OUTAGE_MS) / 1000;
  }

  #after(client: Client, ms: number, next: () => void): void {
    client.next = next;
    this.#wheel.set(client.item, this.#wheel.now + ms);
  }

  #start(clients: readonly Client[]): void {
    const timekeeper = new Timekeeper(this.#clock);
    const due = (key: string) => carryOut(gates.due(key));
    const gates = new Gates(timekeeper, new Offline(timekeeper), due);
    const carryOut = (decisions: readonly GateDecision[]) => {
      for (const decision of decisions) if (decision.type === 'admit') dial(decision.waiter as Client);
    };
    const ask = (client: Client) => carryOut(gates.request(client, false));
    const ended = (client: Client, exit: Exit) => {
      carryOut(gates.onExit(client, client.plan.dialledKey, exit));
      const decision = decisionAfter(exit, client.plan, client.history, { timekeeper, gates });
      if (decision.kind !== 'restart') throw new Error(`gave up: ${decision.because}`);
      client.history = decision.history;
      if (decision.because === 'gate') ask(client);
      else this.#after(client, decision.delayMs, () => ask(client));
    };
    const dial = (client: Client) => {
      const { now } = this.#wheel;
      this.attempts.push(now);
      if (now < OUTAGE_MS) return this.#after(client, ANSWER_MS, () => ended(client, refused));
      this.#freeAt = Math.max(this.#freeAt, now) + 1000 / CAPACITY;
      this.#after(client, this.#freeAt - now + ANSWER_MS, () => {
        this.connected.push(this.#wheel.now);
        carryOut(gates.proved(client));
      });
    };
    for (const client of clients) {
      gates.join(client.plan.endpointKey);
      this.#after(client, 200 * this.#clock.random(), () => ended(client, lost));
    }
  }
}

const layouts: [title: string, keyOf: (client: number) => string][] = [
  ['a path each', (client) => `ws://h:80/${client}`],
  ['ten to a path', (client) => `ws://h:80/${Math.floor(client / 10)}`],
];

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function figuresOf(keyOf: (client: number) => string) {
  const storms = [1, 2, 3].map((seed) => new Storm(seed, keyOf));
  return {
    peak: mean(storms.map(({ peak }) => peak)),
    attempts: mean(storms.map(({ attempts }) => attempts.length)),
    t99: mean(storms.map(({ t99 }) => t99)),
  };
}

test.each(layouts)(
  'storm: 10,000 connections with %s of one host, all 503 for 60 s, come back with the peak and the time of one path',
  (_title, keyOf) => {
    const [one, many] = [figuresOf(() => 'ws://h:80/x'), figuresOf(keyOf)];
    // Measured: peaks of 1,280 for one path, 1,300 for a path each, 1,670 for ten to a path; without gates 10,900.
    expect(many.peak).toBeLessThan(1.5 * one.peak);
    // Each connection dials once in the end; the dials that fail are about 170 of all 20 processes, 76,000 without gates.
    expect(many.attempts - CLIENTS).toBeLessThan(1.5 * (one.attempts - CLIENTS));
    // Chance decides when the first dial of a process finds the server: 23 to 26 s after it is up, for 99%.
    expect(many.t99).toBeLessThan(one.t99 + 10);
  },
  30_000,
);
