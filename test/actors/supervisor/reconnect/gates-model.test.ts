/** `Gates` alone, with fake waiters: invariants that hold after any sequence of requests, exits and proofs. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../../src/config/policy.ts';
import type { GateDecision, Waiter } from '../../../../src/endpoints/endpoint-gate.ts';
import { Gates } from '../../../../src/endpoints/gates.ts';
import type { Exit, ExitReason } from '../../../../src/policy/exits.ts';
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
    this.gates = new Gates(this.timekeeper, (endpoint) => this.carryOut(this.gates.due(endpoint)));
  }

  carryOut(decisions: readonly GateDecision[]): void {
    for (const decision of decisions) {
      if (decision.type === 'admit') this.#admit(decision.waiter as FakeWaiter);
      if (decision.type === 'defer') (decision.waiter as FakeWaiter).state = 'waiting';
    }
  }

  #admit(waiter: FakeWaiter): void {
    waiter.state = 'dialling';
    const view = [...this.gates].find(({ endpoint }) => endpoint === waiter.key);
    if (view !== undefined && view.inFlight > view.window) this.tooMany++;
  }

  come(waiter: FakeWaiter): void {
    this.gates.join(waiter.key);
    this.ask(waiter);
  }

  ask(waiter: FakeWaiter, hurry = false): void {
    this.carryOut(this.gates.request(waiter, hurry));
  }

  go(waiter: FakeWaiter): void {
    this.carryOut(this.gates.cancel(waiter));
    this.gates.leave(waiter.key);
    waiter.state = 'over';
  }

  /** Ends the incarnation of the waiter, and requests a dial to the next endpoint at once. */
  fail(waiter: FakeWaiter, exit: Exit): void {
    this.carryOut(this.gates.onExit(waiter, waiter.key, exit));
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

test('gates: after any sequence of steps no window is exceeded, every waiter is admitted, and no timer or gate remains', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.integer(), (steps, seed) => {
      const gateWorld = new GateWorld(seed);
      const all = [[A], [A], [A, B], [A, B], [B, A], [B, 'memory://c', A]].flatMap((keys) => [
        new FakeWaiter(keys),
        new FakeWaiter(keys),
      ]);
      for (const { act, who, ms } of steps) {
        const waiter = all[who] as FakeWaiter;
        const { state } = waiter;
        if (act === 'come' && state === 'over') gateWorld.come(waiter);
        if (act === 'go' && state !== 'over') gateWorld.go(waiter);
        if (act === 'prove' && state === 'dialling') gateWorld.prove(waiter);
        if (act === 'refuse' && state === 'dialling') gateWorld.fail(waiter, exitOf('refused'));
        if (act === 'hint' && state === 'dialling')
          gateWorld.fail(waiter, { ...exitOf('upgrade-refused', ms), code: 503 });
        if (act === 'away' && state === 'alive') gateWorld.fail(waiter, exitOf('going-away'));
        if (act === 'reset' && state === 'alive') gateWorld.fail(waiter, exitOf('reset'));
        if (act === 'hurry' && state === 'waiting') gateWorld.ask(waiter, true);
        if (act === 'pass') gateWorld.clock.advance(ms);
        if (act === 'network') gateWorld.carryOut(gateWorld.gates.reset());
        expect(gateWorld.tooMany).toBe(0);
        for (const { endpoint, inFlight, waiting } of gateWorld.gates) {
          const there = all.filter(({ key, state: now }) => key === endpoint && now !== 'over');
          expect(inFlight).toBe(there.filter(({ state: now }) => now === 'dialling').length);
          expect(waiting).toBe(there.filter(({ state: now }) => now === 'waiting').length);
        }
      }
      // From here every dial succeeds, so that each waiter becomes alive.
      for (let turns = 0; turns < 100 && all.some(({ state }) => state === 'waiting'); turns++) {
        for (const waiter of all) if (waiter.state === 'dialling') gateWorld.prove(waiter);
        gateWorld.clock.advance(50_000);
      }
      expect(all.filter(({ state }) => state === 'waiting')).toEqual([]);
      for (const waiter of all) if (waiter.state !== 'over') gateWorld.go(waiter);
      expect([gateWorld.timekeeper.size, gateWorld.clock.pending, [...gateWorld.gates]]).toEqual([0, 0, []]);
      expect([A, B, 'memory://c'].map((key) => gateWorld.gates.members(key))).toEqual([0, 0, 0]);
      const newcomers = [new FakeWaiter([A]), new FakeWaiter([A])];
      for (const waiter of newcomers) gateWorld.come(waiter);
      expect(newcomers.map(({ state }) => state)).toEqual(['dialling', 'waiting']);
    }),
    { numRuns: 500 },
  );
});
