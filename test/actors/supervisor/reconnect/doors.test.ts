/** Gates by themselves, with connections that are made of paper: what must hold whatever happens, in whatever order. */
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

type PaperState = 'waiting' | 'dialling' | 'alive' | 'over';

/** Knows a list of endpoints, and does what gates tell it. */
class Paper implements Waiter {
  state: PaperState = 'over';
  skips = 0;
  readonly plan;
  readonly keys: readonly string[];
  at = 0;

  constructor(keys: readonly string[], gated = true) {
    this.keys = keys;
    const paper = this;
    this.plan = {
      policy: { ...policy, gate: { enabled: gated } },
      get endpointKey() {
        return paper.key;
      },
      get dialledKey() {
        return paper.key;
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

class Street {
  readonly clock;
  readonly timekeeper: Timekeeper;
  readonly gates: Gates;
  /** Dials that began while the window had no room. */
  tooMany = 0;

  constructor(seed = 1) {
    this.clock = virtualClock({ seed });
    this.timekeeper = new Timekeeper(this.clock);
    this.gates = new Gates(this.timekeeper, (endpoint) => this.carryOut(this.gates.due(endpoint)));
  }

  carryOut(decisions: readonly GateDecision[]): void {
    for (const decision of decisions) {
      if (decision.type === 'admit') this.#admit(decision.waiter as Paper);
      if (decision.type === 'defer') (decision.waiter as Paper).state = 'waiting';
    }
  }

  #admit(paper: Paper): void {
    paper.state = 'dialling';
    const view = [...this.gates].find(({ endpoint }) => endpoint === paper.key);
    if (view !== undefined && view.inFlight > view.window) this.tooMany++;
  }

  come(paper: Paper): void {
    this.gates.join(paper.key);
    this.ask(paper);
  }

  ask(paper: Paper, hurry = false): void {
    this.carryOut(this.gates.request(paper, hurry));
  }

  go(paper: Paper): void {
    this.carryOut(this.gates.cancel(paper));
    this.gates.leave(paper.key);
    paper.state = 'over';
  }

  /** Its incarnation ends, and it goes on to the next endpoint at once. */
  fail(paper: Paper, exit: Exit): void {
    this.carryOut(this.gates.onExit(paper, paper.key, exit));
    const { key } = paper;
    paper.at = (paper.at + 1) % paper.keys.length;
    this.gates.move(key, paper.key);
    this.ask(paper);
  }

  prove(paper: Paper): void {
    paper.state = 'alive';
    this.carryOut(this.gates.connected(paper));
    this.carryOut(this.gates.proved(paper));
  }
}

const A = 'memory://a';
const B = 'memory://b';

test('thousands who are sent away at once do not ask each other where to go', () => {
  const street = new Street();
  const all = Array.from({ length: 2000 }, () => new Paper([A]));
  for (const paper of all) {
    street.come(paper);
    street.prove(paper);
  }
  for (const paper of all) street.fail(paper, exitOf('going-away'));
  expect(all.map(({ state }) => state)).toEqual(Array(2000).fill('waiting'));
  expect(all.reduce((sum, { skips }) => sum + skips, 0)).toBeLessThanOrEqual(2 * all.length);
});

test('where gates are off nobody closes one for the others', () => {
  const street = new Street();
  const all = Array.from({ length: 3 }, () => new Paper([A], false));
  for (const paper of all) {
    street.come(paper);
    street.prove(paper);
  }
  for (const paper of all) street.carryOut(street.gates.onExit(paper, A, exitOf('going-away')));
  expect([[...street.gates], street.timekeeper.size]).toEqual([[], 0]);
});

test('what happens at the endpoint that a function answered says nothing of the one where it had its turn', () => {
  const street = new Street();
  const [mover, second, third] = [new Paper([A]), new Paper([A]), new Paper([A])];
  for (const paper of [mover, second, third]) street.come(paper);
  Object.defineProperty(mover.plan, 'dialledKey', { value: B });
  street.carryOut(street.gates.proved(mover));
  expect([...street.gates]).toMatchObject([{ endpoint: A, state: 'unknown', window: 1, inFlight: 1 }]);
  expect([second.state, third.state]).toEqual(['dialling', 'waiting']);
});

const step = fc.record({
  act: fc.constantFrom('come', 'go', 'prove', 'refuse', 'hint', 'away', 'reset', 'hurry', 'pass', 'network'),
  who: fc.nat(11),
  ms: fc.nat(40_000),
});

test('windows hold, nobody is forgotten, and nothing stays behind', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), fc.integer(), (steps, seed) => {
      const street = new Street(seed);
      const all = [[A], [A], [A, B], [A, B], [B, A], [B, 'memory://c', A]].flatMap((keys) => [
        new Paper(keys),
        new Paper(keys),
      ]);
      for (const { act, who, ms } of steps) {
        const paper = all[who] as Paper;
        const { state } = paper;
        if (act === 'come' && state === 'over') street.come(paper);
        if (act === 'go' && state !== 'over') street.go(paper);
        if (act === 'prove' && state === 'dialling') street.prove(paper);
        if (act === 'refuse' && state === 'dialling') street.fail(paper, exitOf('refused'));
        if (act === 'hint' && state === 'dialling')
          street.fail(paper, { ...exitOf('upgrade-refused', ms), code: 503 });
        if (act === 'away' && state === 'alive') street.fail(paper, exitOf('going-away'));
        if (act === 'reset' && state === 'alive') street.fail(paper, exitOf('reset'));
        if (act === 'hurry' && state === 'waiting') street.ask(paper, true);
        if (act === 'pass') street.clock.advance(ms);
        if (act === 'network') street.carryOut(street.gates.reset());
        expect(street.tooMany).toBe(0);
        for (const { endpoint, inFlight, waiting } of street.gates) {
          const there = all.filter(({ key, state: now }) => key === endpoint && now !== 'over');
          expect(inFlight).toBe(there.filter(({ state: now }) => now === 'dialling').length);
          expect(waiting).toBe(there.filter(({ state: now }) => now === 'waiting').length);
        }
      }
      // Now everything works: all come through.
      for (let turns = 0; turns < 100 && all.some(({ state }) => state === 'waiting'); turns++) {
        for (const paper of all) if (paper.state === 'dialling') street.prove(paper);
        street.clock.advance(50_000);
      }
      expect(all.filter(({ state }) => state === 'waiting')).toEqual([]);
      for (const paper of all) if (paper.state !== 'over') street.go(paper);
      expect([street.timekeeper.size, street.clock.pending, [...street.gates]]).toEqual([0, 0, []]);
      expect([A, B, 'memory://c'].map((key) => street.gates.members(key))).toEqual([0, 0, 0]);
      const newcomers = [new Paper([A]), new Paper([A])];
      for (const paper of newcomers) street.come(paper);
      expect(newcomers.map(({ state }) => state)).toEqual(['dialling', 'waiting']);
    }),
    { numRuns: 500 },
  );
});
