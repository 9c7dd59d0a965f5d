/** The Redis store and the memory store answer alike, whatever is asked, also when Redis is asked twice. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { Claimant, Place, SessionStore } from '../../src/sessions/store.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { describeWith } from './support/installed.ts';
import { redisServer } from './support/redis-server.ts';
import { dial, libraries, redisWorld } from './support/redis-stores.ts';

const leaseMs = 100_000;
const keepFor = 100_000;
/** Neither of the times above is a multiple, so that it does not matter how long the calls take. */
const PASS = 30_000;

const processes = ['p1', 'p2'] as const;
const ids = ['1', '2', '3'].map((digit) => digit.repeat(32));

const weights = {
  ...{ open: 4, resume: 8, append: 6, acknowledge: 4, claim: 8, record: 8, transact: 3 },
  ...{ giveBack: 2, detach: 2, lapse: 1, renew: 2, end: 1, leave: 1, pass: 2 },
} as const;
type Method = keyof typeof weights;
const methods = Object.entries(weights).flatMap(([name, weight]) =>
  Array.from({ length: weight }, () => name as Method),
);

const step = fc.record({
  method: fc.constantFrom(...methods),
  id: fc.constantFrom(...ids),
  process: fc.constantFrom(...processes),
  identity: fc.constantFrom('ann', 'ann', 'bob', ''),
  instance: fc.constantFrom('a', 'b', 'c'),
  /** Attempts, epochs and numbers are near those that fit. */
  off: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1),
  number: fc.integer({ min: 0, max: 4 }),
  frames: fc.array(fc.uint8Array({ minLength: 1, maxLength: 5 }), { maxLength: 3 }),
  isLost: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What must have been answered at least once: else the steps do not lead there. */
const wanted = [
  ...['granted', 'waiting', 'replaced', 'not-yours', 'unknown-session'].map((answer) => `resume ${answer}`),
  ...['granted', 'replaced'].map((answer) => `open ${answer}`),
  ...['append', 'acknowledge', 'claim'].flatMap((name) =>
    ['ok', 'moved', 'gone', 'gap'].map((answer) => `${name} ${answer}`),
  ),
  ...['ok', 'moved', 'gone', 'gap'].map((answer) => `record ${answer}`),
  ...['giveBack', 'detach', 'end'].flatMap((name) =>
    ['ok', 'moved', 'gone'].map((answer) => `${name} ${answer}`),
  ),
  ...['transact replaced', 'transact ok'],
];

interface Known {
  epoch: number;
  attempt: number;
  process: string;
  identity: string;
  instance: string;
  sent: number;
  handled: number;
}

/** What was granted last, by which steps are made that fit. */
class Script {
  readonly #known = new Map<string, Known>();
  readonly #told = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The call that a step makes. */
  call(each: Step): (store: SessionStore) => unknown {
    const { method, id, process, number, off, frames } = each;
    const known = this.#known.get(id);
    const place: Place = {
      session: id,
      epoch: (known?.epoch ?? 1) + (number === 4 ? off : 0),
      process: known !== undefined && number > 0 ? known.process : process,
    };
    switch (method) {
      case 'open':
        return (store) =>
          store.open({
            ...this.#claimant(each, undefined),
            session: id,
            keepFor,
            maxSessions: { total: this.#limit, perIdentity: this.#limit - 1 },
          });
      case 'resume':
        return (store) =>
          store.resume({ ...this.#claimant(each, known), session: id, epoch: place.epoch, have: number });
      case 'append':
        return (store) => store.append(place, (known?.sent ?? 0) + 1 + off, frames);
      case 'acknowledge':
        return (store) => store.acknowledge(place, number);
      case 'claim':
        return (store) => store.claim(place, (known?.handled ?? 0) + 1 + off, (known?.handled ?? 0) + number);
      case 'record':
        return (store) => store.record(place, (known?.handled ?? 0) + number);
      case 'transact':
        return (store) => store.transact(place, (known?.handled ?? 0) + 1, () => undefined);
      case 'renew':
        return (store) => store.renew?.(process, this.#told.get(process) ?? 0) ?? Promise.resolve();
      case 'leave':
        return (store) => store.leave(process);
      case 'pass':
        throw new Error('time passes for both');
      default:
        return (store) => store[method](place);
    }
  }

  learn({ method, id, process, number, frames, off, identity, instance }: Step, answer: unknown): void {
    const known = this.#known.get(id);
    if (method === 'renew') this.#told.set(process, (answer as { told: number }).told);
    const granted = (answer ?? {}) as Partial<Known> & { session?: string; kind?: string };
    if (granted.kind === 'granted' || granted.kind === 'waiting') {
      const { session = id, epoch = 1, sent = 0, handled = 0 } = granted;
      const attempt = (this.#known.get(session)?.attempt ?? 0) + 1;
      this.#known.set(session, { epoch, attempt, process, identity, instance, sent, handled });
    }
    if (known === undefined || answer !== 'ok') return;
    if (method === 'append') known.sent = Math.max(known.sent, known.sent + off + frames.length);
    if (method === 'record') known.handled += number;
  }

  #claimant({ process, identity, instance, off }: Step, known: Known | undefined): Claimant {
    const attempt = (known?.attempt ?? 0) + 1 + off;
    const who = off === 0 && known !== undefined ? known.identity : identity;
    return { process, identity: who, instance, attempt };
  }
}

/** What it resolves with, or the code of what it rejects with. */
function answerOf(asked: unknown): Promise<unknown> {
  return Promise.resolve(asked).catch((error: Error & { code?: string }) => error.code ?? error.message);
}

describeWith(['redis-server'], 'sessions in Redis and in memory', () => {
  const cases = libraries.flatMap((library) => [2, 1000].map((limit) => [library, limit] as const));
  test.each(cases)('answer alike by %s, with at most %i sessions', async (library, limit) => {
    const server = await redisServer();
    const dialled = await dial(library, server.port);
    const seen = new Set<string>();
    const compared = fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), async (steps) => {
      const clock = virtualClock();
      const memory = new MemoryStore(leaseMs);
      const redis = await redisWorld(dialled, { unsafe: true, leaseMs, orphanMs: 1e12 });
      for (const process of processes) {
        await memory.begin({ process, clock });
        await redis.join(process);
      }
      const script = new Script(limit);
      const makes = async (each: Step) => {
        const call = script.call(each);
        const expected = await answerOf(call(memory));
        if (each.isLost && each.method !== 'transact') await answerOf(call(redis.store));
        const answer = await answerOf(call(redis.store));
        // What ended a session is told so by the first answer alone.
        const isOver = each.isLost && expected === 'ok' && ['end', 'detach'].includes(each.method);
        if (!(isOver && answer === 'gone')) expect(answer, JSON.stringify(each)).toEqual(expected);
        seen.add(`${each.method} ${kindOf(expected)}`);
        script.learn(each, expected);
        // A process that left is there again.
        if (each.method !== 'leave') return;
        await memory.begin({ process: each.process, clock });
        await redis.join(each.process);
      };
      for (const each of [...opened, ...steps]) {
        if (each.method !== 'pass') await makes(each);
        // The memory store counts sessions that have lapsed until it looks for them.
        else if (limit === 1000) await Promise.all([clock.run(PASS), redis.pass(PASS)]);
        await compareAll(memory, redis.store);
      }
    });
    await fc.assert(compared, { numRuns: 60, seed: 7 });
    const missed = [...wanted, ...(limit === 2 ? ['open unavailable'] : [])].filter(
      (each) => !seen.has(each),
    );
    expect(missed).toEqual([]);
  });
});

/** Three sessions that are kept: with limits, of which the third is refused. */
const opened: readonly Step[] = (['a', 'b', 'c'] as const).flatMap((instance, index) =>
  (['open', 'acknowledge'] as const).map((method) => ({
    ...{ method, id: ids[index] ?? '', process: 'p1', identity: index === 0 ? 'ann' : 'bob', instance },
    ...{ off: 0, number: 0, frames: [], isLost: false },
  })),
);

function kindOf(answer: unknown): string {
  if (answer === undefined) return 'ok';
  const { kind, reason } = answer as { kind?: string; reason?: string };
  return typeof answer === 'string' ? answer : (reason ?? kind ?? 'told');
}

/** Another identity changes nothing, and sessions that have lapsed are forgotten by both. */
async function compareAll(...stores: readonly SessionStore[]): Promise<void> {
  for (const session of ids) {
    const asked = {
      session,
      process: 'p1',
      identity: 'nobody',
      instance: 'z',
      attempt: 1,
      epoch: 1,
      have: 0,
    };
    const answers = await Promise.all(stores.map((store) => store.resume(asked)));
    expect(answers[1]).toEqual(answers[0]);
  }
}
