/** `Gates` alone, with fake waiters: invariants that hold after any sequence of requests, exits and proofs. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../../src/config/policy.ts';
import type { GateDecision, Waiter } from '../../../../src/endpoints/endpoint-gate.ts';
import { Gates } from '../../../../src/endpoints/gates.ts';
import { Offline } from '../../../../src/endpoints/offline.ts';
import type { Exit, ExitReason } from '../../../../src/policy/exits.ts';
import { levelsOf } from '../../../../src/policy/route.ts';
import { virtualClock } from '../../../../src/testing/clock.ts';
import { Timekeeper } from '../../../../src/time/timekeeper.ts';

const policy = { ...defaultPolicy, gate: { enabled: true } };

const exitOf = (reason: ExitReason, retryAfterMs?: number): Exit => ({
  reason,
  class: 'retryable',
  at: 0,
  livedMs: 0,
  proved: false,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

type WaiterState = 'waiting' | 'dialling' | 'alive' | 'over';

/** A waiter with a list of endpoints; its state follows the decisions of the gates. */
class FakeWaiter implements Waiter {
  state: WaiterState = 'over';
  skips = 0;
  readonly plan;
  readonly keys: readonly string[];
  at = 0;

  constructor(keys: readonly string[], gated = true) {
    this.keys = keys;
    const waiter = this;
    this.plan = {
      policy: { ...policy, gate: { enabled: gated } },
      get endpointKey() {
        return waiter.key;
      },
      get dialledKey() {
        return waiter.key;
      },
      skip: (closed: (key: string) => boolean) => this.#skip(closed),
    };
  }

  get key(): string {
    return this.keys[this.at] as string;
  }

  #skip(closed: (key: string) => boolean): boolean {
    this.skips++;
    for (let step = 1; step < this.keys.length; step++) {
      const at = (this.at + step) % this.keys.length;
      if (closed(this.keys[at] as string)) continue;
      this.at = at;
      return true;
    }
    return false;
  }
}

class GateWorld {
  readonly clock;
  readonly timekeeper: Timekeeper;
  readonly gates: Gates;
  /** Number of dials admitted beyond the window of their gate. */
  tooMany = 0;

  constructor(seed = 1) {
    this.clock = virtualClock({ seed });
    this.timekeeper = new Timekeeper(this.clock);
    const due = (key: string) => this.carryOut(this.gates.due(key));
    this.gates = new Gates(this.timekeeper, new Offline(this.timekeeper), due);
  }

  carryOut(decisions: readonly GateDecision[]): void {
    for (const decision of decisions) {
      if (decision.type === 'admit') this.#admit(decision.waiter as FakeWaiter);
      if (decision.type === 'defer') (decision.waiter as FakeWaiter).state = 'waiting';
    }
  }

  #admit(waiter: FakeWaiter): void {
    waiter.state = 'dialling';
    for (const { endpoint, route = '', inFlight, window } of this.gates) {
      if (levelsOf(waiter.key).includes(endpoint + route) && inFlight > window) this.tooMany++;
    }
  }

  come(waiter: FakeWaiter): void {
    this.gates.join(waiter.key);
    this.ask(waiter);
  }

  ask(waiter: FakeWaiter, hurry = false): void {
    this.carryOut(this.gates.request(waiter, hurry));
  }

  go(waiter: FakeWaiter): void {
    if (waiter.state === 'alive') {
      this.carryOut(this.gates.onExit(waiter, waiter.key, { ...exitOf('closed-by-us'), proved: true }));
    }
    this.carryOut(this.gates.cancel(waiter));
    this.gates.leave(waiter.key);
    waiter.state = 'over';
  }

  /** Ends the incarnation of the waiter, and requests a dial to the next endpoint at once. */
  fail(waiter: FakeWaiter, exit: Exit): void {
    const ended = { ...exit, proved: waiter.state === 'alive' };
    this.carryOut(this.gates.onExit(waiter, waiter.key, ended));
    const { key } = waiter;
    waiter.at = (waiter.at + 1) % waiter.keys.length;
    this.gates.move(key, waiter.key);
    this.ask(waiter);
  }

  prove(waiter: FakeWaiter): void {
    waiter.state = 'alive';
    this.carryOut(this.gates.connected(waiter));
    this.carryOut(this.gates.proved(waiter));
  }
}

const A = 'memory://a';
const B = 'memory://b';

test('gates: 2,000 going-away exits at one endpoint call skip() at most twice for each waiter', () => {
  const gateWorld = new GateWorld();
  const all = Array.from({ length: 2000 }, () => new FakeWaiter([A]));
  for (const waiter of all) {
    gateWorld.come(waiter);
    gateWorld.prove(waiter);
  }
  for (const waiter of all) gateWorld.fail(waiter, exitOf('going-away'));
  expect(all.map(({ state }) => state)).toEqual(Array(2000).fill('waiting'));
  expect(all.reduce((sum, { skips }) => sum + skips, 0)).toBeLessThanOrEqual(2 * all.length);
});

test('gates: with gate.enabled false an exit closes no gate and sets no timer', () => {
  const gateWorld = new GateWorld();
  const all = Array.from({ length: 3 }, () => new FakeWaiter([A], false));
  for (const waiter of all) {
    gateWorld.come(waiter);
    gateWorld.prove(waiter);
  }
  for (const waiter of all) gateWorld.carryOut(gateWorld.gates.onExit(waiter, A, exitOf('going-away')));
  expect([[...gateWorld.gates], gateWorld.timekeeper.size]).toEqual([[], 0]);
});

test('gates: a proof at an endpoint that a URL function answered does not open the gate that admitted the dial', () => {
  const gateWorld = new GateWorld();
  const [mover, second, third] = [new FakeWaiter([A]), new FakeWaiter([A]), new FakeWaiter([A])];
  for (const waiter of [mover, second, third]) gateWorld.come(waiter);
  Object.defineProperty(mover.plan, 'dialledKey', { value: B });
  gateWorld.carryOut(gateWorld.gates.proved(mover));
  expect([...gateWorld.gates]).toMatchObject([{ endpoint: A, state: 'unknown', window: 1, inFlight: 1 }]);
  expect([second.state, third.state]).toEqual(['dialling', 'waiting']);
});

const step = fc.record({
  act: fc.constantFrom('come', 'go', 'prove', 'refuse', 'hint', 'away', 'reset', 'hurry', 'pass', 'network'),
  who: fc.nat(11),
  ms: fc.nat(40_000),
});

const H = 'ws://h:80';
const places: readonly [title: string, lists: readonly (readonly string[])[]][] = [
  ['hosts', [[A], [A], [A, B], [A, B], [B, A], [B, 'memory://c', A]]],
  [
    'routes',
    [[`${H}/x`], [`${H}/y`], [`${H}/x`, `${H}/y`], [`${H}/z`, 'ws://i:80/x'], ['ws://i:80/x', H], [H]],
  ],
];

test.each(places)(
  'gates: after any sequence of steps at %s turns are given back, no window is exceeded, every waiter is admitted, and no timer or gate remains',
  (_title, lists) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.integer(), (steps, seed) => {
        const gateWorld = new GateWorld(seed);
        const all = lists.flatMap((keys) => [new FakeWaiter(keys), new FakeWaiter(keys)]);
        for (const { act, who, ms } of steps) {
          const waiter = all[who] as FakeWaiter;
          perform(gateWorld, waiter, act, ms);
          expect(gateWorld.tooMany).toBe(0);
          expectCounted(gateWorld, all);
        }
        expectAdmitted(gateWorld, all);
        for (const waiter of all) if (waiter.state !== 'over') gateWorld.go(waiter);
        expect([gateWorld.timekeeper.size, gateWorld.clock.pending, [...gateWorld.gates]]).toEqual([
          0,
          0,
          [],
        ]);
        const keys = lists.flat().flatMap(levelsOf);
        expect(keys.map((key) => gateWorld.gates.members(key))).toEqual(keys.map(() => 0));
        const newcomers = [new FakeWaiter([keys[0] as string]), new FakeWaiter([keys[0] as string])];
        for (const waiter of newcomers) gateWorld.come(waiter);
        expect(newcomers.map(({ state }) => state)).toEqual(['dialling', 'waiting']);
      }),
      { numRuns: 500 },
    );
  },
);

/** Does what the waiter's state permits. */
function perform(gateWorld: GateWorld, waiter: FakeWaiter, act: string, ms: number): void {
  const { state } = waiter;
  if (act === 'come' && state === 'over') gateWorld.come(waiter);
  if (act === 'go' && state !== 'over') gateWorld.go(waiter);
  if (act === 'prove' && state === 'dialling') gateWorld.prove(waiter);
  if (act === 'refuse' && state === 'dialling') gateWorld.fail(waiter, exitOf('refused'));
  if (act === 'hint' && state === 'dialling') {
    gateWorld.fail(waiter, { ...exitOf('upgrade-refused', ms), code: 503 });
  }
  if (act === 'away' && state === 'alive') gateWorld.fail(waiter, exitOf('going-away'));
  if (act === 'reset' && state === 'alive') gateWorld.fail(waiter, exitOf('reset'));
  if (act === 'hurry' && state === 'waiting') gateWorld.ask(waiter, true);
  if (act === 'pass') gateWorld.clock.advance(ms);
  if (act === 'network') gateWorld.carryOut(gateWorld.gates.reset());
}

/** Each dial is counted at its host and at its route, each waiter in one queue, as far as they are shared and listed. */
function expectCounted(gateWorld: GateWorld, all: readonly FakeWaiter[]): void {
  const views = [...gateWorld.gates];
  const among = (there: readonly FakeWaiter[], state: WaiterState) =>
    there.filter((waiter) => waiter.state === state).length;
  for (const { endpoint, route = '', inFlight } of views) {
    const there = all.filter(({ key }) => levelsOf(key).includes(endpoint + route));
    expect(inFlight).toBe(among(there, 'dialling'));
  }
  const listed = views.reduce((sum, { waiting }) => sum + waiting, 0);
  const shared = all.filter(({ key }) => levelsOf(key).every((level) => gateWorld.gates.shared(level)));
  expect(listed).toBeLessThanOrEqual(among(all, 'waiting'));
  expect(listed).toBeGreaterThanOrEqual(among(shared, 'waiting'));
}

/** From here every dial succeeds, so that each waiter becomes alive. */
function expectAdmitted(gateWorld: GateWorld, all: readonly FakeWaiter[]): void {
  for (let turns = 0; turns < 100 && all.some(({ state }) => state === 'waiting'); turns++) {
    for (const waiter of all) if (waiter.state === 'dialling') gateWorld.prove(waiter);
    gateWorld.clock.advance(50_000);
  }
  expect(all.filter(({ state }) => state === 'waiting')).toEqual([]);
}
