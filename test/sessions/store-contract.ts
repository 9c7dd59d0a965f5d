/** The rules that every store of sessions keeps, as tests: for the memory store here, for others beside a server of theirs. */
import { describe, expect, test } from 'vitest';
import type { Granted, OpenRequest, Place, ResumeRequest, SessionStore } from '../../src/sessions/store.ts';

/** A store of its own for each test, and the time that it reads. */
export interface StoreWorld {
  readonly store: SessionStore;
  /** Lets time pass, for the store. */
  pass(ms: number): Promise<void>;
  /** Joins a process. */
  join(process: string): Promise<void>;
}

export const bytes = (...values: number[]) => Uint8Array.from(values);
const id = (letter: string) => letter.repeat(32);
const session = id('5');

export const opening = (over: Partial<OpenRequest> = {}): OpenRequest => ({
  process: 'p1',
  session,
  identity: 'ann',
  instance: 'a'.repeat(16),
  attempt: 1,
  keepFor: 10_000,
  maxSessions: { total: 100, perIdentity: 10 },
  ...over,
});
export const resuming = (over: Partial<ResumeRequest> = {}): ResumeRequest => ({
  process: 'p1',
  session,
  identity: 'ann',
  instance: 'a'.repeat(16),
  attempt: 2,
  epoch: 1,
  have: 0,
  ...over,
});
export const at = (epoch: number, process = 'p1'): Place => ({ session, epoch, process });

async function granted(answer: Promise<unknown>): Promise<Granted> {
  const given = await answer;
  expect(given).toMatchObject({ kind: 'granted' });
  return given as Granted;
}

/** `make` is called for each test. `leases`: the store is shared, and knows leases. */
export function storeContract(make: () => Promise<StoreWorld>, { leases }: { leases: boolean }): void {
  describe('open and resume', () => {
    test('a session begins at epoch 1, empty', async () => {
      const { store } = await make();
      expect(await store.open(opening())).toEqual({
        kind: 'granted',
        session,
        epoch: 1,
        existed: false,
        keepFor: 10_000,
        sent: 0,
        acked: 0,
        frames: [],
        handled: 0,
        doubtful: 0,
      });
    });

    test('the same opening again is the same session, at the next epoch', async () => {
      const { store } = await make();
      await store.open(opening());
      await store.append(at(1), 1, [bytes(3, 65)]);
      const again = await granted(store.open(opening({ attempt: 2, session: id('6') })));
      expect(again).toMatchObject({ session, epoch: 2, existed: true, sent: 1, frames: [bytes(3, 65)] });
      expect(await store.open(opening({ attempt: 1 }))).toEqual({ kind: 'refused', reason: 'replaced' });
    });

    test('a call that is repeated changes nothing', async () => {
      const { store } = await make();
      const made = await store.open(opening());
      expect(await store.open(opening())).toEqual(made);
      const first = await store.resume(resuming());
      expect(await store.resume(resuming())).toEqual(first);
      expect(first).toMatchObject({ epoch: 2, existed: true });
    });

    test('a resume raises the epoch; an older attempt of the instance is `replaced`', async () => {
      const { store } = await make();
      await store.open(opening());
      await granted(store.resume(resuming({ attempt: 7 })));
      expect(await store.resume(resuming({ attempt: 6 }))).toEqual({ kind: 'refused', reason: 'replaced' });
      expect(await store.resume(resuming({ attempt: 8, epoch: 1 }))).toMatchObject({ epoch: 3 });
    });

    test('another instance resumes at the present epoch alone', async () => {
      const { store } = await make();
      await store.open(opening());
      await granted(store.resume(resuming()));
      const other = { instance: 'b'.repeat(16), attempt: 1 };
      expect(await store.resume(resuming({ ...other, epoch: 1 }))).toMatchObject({ reason: 'replaced' });
      expect(await store.resume(resuming({ ...other, epoch: 2 }))).toMatchObject({ epoch: 3 });
      expect(await store.resume(resuming({ attempt: 3, epoch: 2 }))).toMatchObject({ reason: 'replaced' });
    });

    test('another identity is `not-yours`, and changes nothing', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.resume(resuming({ identity: 'bob' }))).toEqual({
        kind: 'refused',
        reason: 'not-yours',
      });
      expect(await store.append(at(1), 1, [bytes(3)])).toBe('ok');
    });

    test('an unknown id is `unknown-session`', async () => {
      const { store } = await make();
      expect(await store.resume(resuming())).toEqual({ kind: 'refused', reason: 'unknown-session' });
    });

    test('an opening that is repeated late does not replace the session, which another instance has by now', async () => {
      const { store } = await make();
      await store.open(opening());
      await store.append(at(1), 1, [bytes(3, 65)]);
      await granted(store.resume(resuming({ instance: 'b'.repeat(16), attempt: 1 })));
      expect(await store.open(opening())).toEqual({ kind: 'refused', reason: 'replaced' });
      expect(await granted(store.resume(resuming({ instance: 'b'.repeat(16) })))).toMatchObject({ sent: 1 });
    });

    test('an instance that resumed a second session is led to it by its openings, also when the first has ended', async () => {
      const { store } = await make();
      await store.open(opening());
      const [other, b] = [id('6'), 'b'.repeat(16)];
      await store.open(opening({ session: other, instance: b }));
      await granted(store.resume(resuming({ session: other })));
      await store.end(at(1));
      const again = await granted(store.open(opening({ attempt: 3, session: id('7') })));
      expect(again).toMatchObject({ session: other, epoch: 3 });
    });

    test('limits: in all, and of one identity', async () => {
      const { store } = await make();
      const maxSessions = { total: 2, perIdentity: 1 };
      await granted(store.open(opening({ maxSessions })));
      const second = { session: id('6'), instance: 'b'.repeat(16), maxSessions };
      expect(await store.open(opening(second))).toEqual({ kind: 'refused', reason: 'unavailable' });
      await granted(store.open(opening({ ...second, identity: 'bob' })));
      const third = { session: id('7'), instance: 'c'.repeat(16), identity: 'cid', maxSessions };
      expect(await store.open(opening(third))).toEqual({ kind: 'refused', reason: 'unavailable' });
      await store.end(at(1));
      await granted(store.open(opening(third)));
    });
  });

  describe('the log of `out`', () => {
    test('what was appended is returned until it was acknowledged', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.append(at(1), 1, [bytes(3, 1), bytes(4, 2), bytes(4, 3)])).toBe('ok');
      expect(await store.acknowledge(at(1), 1)).toBe('ok');
      const resumed = await granted(store.resume(resuming()));
      expect(resumed).toMatchObject({ sent: 3, acked: 1, frames: [bytes(4, 2), bytes(4, 3)] });
      const rest = await granted(store.resume(resuming({ attempt: 3, have: 2 })));
      expect(rest.frames).toEqual([bytes(4, 3)]);
    });

    test('an append that is repeated, wholly or in part, appends once', async () => {
      const { store } = await make();
      await store.open(opening());
      await store.append(at(1), 1, [bytes(3, 1), bytes(3, 2)]);
      expect(await store.append(at(1), 1, [bytes(3, 1), bytes(3, 2)])).toBe('ok');
      expect(await store.append(at(1), 2, [bytes(3, 2), bytes(3, 3)])).toBe('ok');
      expect(await granted(store.resume(resuming()))).toMatchObject({
        sent: 3,
        frames: [bytes(3, 1), bytes(3, 2), bytes(3, 3)],
      });
    });

    test('numbers beyond those of the store are a gap', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.append(at(1), 2, [bytes(3)])).toBe('gap');
      expect(await store.acknowledge(at(1), 1)).toBe('gap');
      expect(await store.claim(at(1), 2, 2)).toBe('gap');
      expect(await store.record(at(1), 1)).toBe('gap');
    });

    test('another epoch may not write', async () => {
      const { store } = await make();
      await store.open(opening());
      await store.resume(resuming());
      expect(await store.append(at(1), 1, [bytes(3)])).toBe('moved');
      expect(await store.acknowledge(at(1), 0)).toBe('moved');
      expect(await store.claim(at(1), 1, 1)).toBe('moved');
      expect(await store.detach(at(1))).toBe('moved');
      expect(await store.end(at(1))).toBe('moved');
      expect(await store.append(at(2), 1, [bytes(3)])).toBe('ok');
    });
  });

  describe('claims', () => {
    test('what was claimed can be recorded, once or again', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.claim(at(1), 1, 3)).toBe('ok');
      expect(await store.claim(at(1), 1, 3)).toBe('ok');
      expect(await store.record(at(1), 2)).toBe('ok');
      expect(await store.record(at(1), 2)).toBe('ok');
      expect(await store.record(at(1), 4)).toBe('gap');
      expect(await granted(store.resume(resuming()))).toMatchObject({ handled: 2, doubtful: 0 });
      expect(await store.record(at(2), 3)).toBe('ok');
    });

    test('`transact` records what it ran, or nothing', async () => {
      const { store } = await make();
      await store.open(opening());
      await store.claim(at(1), 1, 2);
      await store.transact(at(1), 1, () => undefined);
      await expect(store.transact(at(1), 2, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      await expect(store.transact(at(1), 3, () => undefined)).rejects.toMatchObject({ code: 'replaced' });
      expect(await granted(store.resume(resuming()))).toMatchObject({ handled: 1 });
    });
  });

  describe('keepFor', () => {
    test('without an `acknowledge` a session ends with its socket', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.detach(at(1))).toBe('ok');
      expect(await store.resume(resuming())).toMatchObject({ reason: 'unknown-session' });
      expect(await store.append(at(1), 1, [bytes(3)])).toBe('gone');
    });

    test('a resume shows that a welcome arrived: the session is kept, though no `acknowledge` was recorded', async () => {
      const { store } = await make();
      await store.open(opening());
      await granted(store.resume(resuming()));
      expect(await store.detach(at(2))).toBe('ok');
      expect(await granted(store.resume(resuming({ attempt: 3 })))).toMatchObject({ epoch: 3 });
    });

    test('runs while detached alone, and begins anew with each socket', async () => {
      const { store, pass } = await make();
      await store.open(opening({ keepFor: 1000 }));
      await store.acknowledge(at(1), 0);
      await pass(1500);
      await store.detach(at(1));
      await pass(500);
      expect(await store.lapse(at(1))).toBe('ok');
      await granted(store.resume(resuming()));
      await pass(1500);
      await store.detach(at(2));
      await pass(1500);
      expect(await store.lapse(at(2))).toBe('gone');
      expect(await store.resume(resuming({ attempt: 3 }))).toMatchObject({ reason: 'unknown-session' });
    });

    test('an ended session is unknown, and its instance opens another', async () => {
      const { store } = await make();
      await store.open(opening());
      expect(await store.end(at(1))).toBe('ok');
      expect(await store.end(at(1))).toBe('gone');
      expect(await store.resume(resuming())).toMatchObject({ reason: 'unknown-session' });
      const next = await granted(store.open(opening({ attempt: 2, session: id('6') })));
      expect(next).toMatchObject({ session: id('6'), existed: false });
    });
  });

  if (leases) leaseContract(make);
}

function leaseContract(make: () => Promise<StoreWorld>): void {
  describe('several processes', () => {
    test('a process that holds claims may end the session while another one waits for them', async () => {
      const { store, join } = await make();
      await join('p2');
      await store.open(opening());
      await store.acknowledge(at(1), 0);
      await store.claim(at(1), 1, 2);
      await store.record(at(1), 1);
      const asked = resuming({ process: 'p2' });
      expect(await store.resume(asked)).toMatchObject({ kind: 'waiting', epoch: 2 });
      expect(await store.end(at(1))).toBe('ok');
      expect(await store.end(at(1))).toBe('gone');
      expect(await store.resume(asked)).toMatchObject({ reason: 'unknown-session' });
    });

    test('a process without claims may not end the session that another one has', async () => {
      const { store, join } = await make();
      await join('p2');
      await store.open(opening());
      await store.acknowledge(at(1), 0);
      await store.claim(at(1), 1, 2);
      await store.record(at(1), 2);
      expect(await store.resume(resuming({ process: 'p2' }))).toMatchObject({ kind: 'granted', epoch: 2 });
      expect(await store.end(at(1))).toBe('moved');
    });

    async function claimed() {
      const world = await make();
      await world.join('p2');
      await world.store.open(opening());
      await world.store.acknowledge(at(1), 0);
      await world.store.claim(at(1), 1, 3);
      await world.store.record(at(1), 1);
      return world;
    }
    const second = resuming({ process: 'p2' });

    test('a resume elsewhere waits for what is claimed', async () => {
      const { store } = await claimed();
      expect(await store.resume(second)).toEqual({ kind: 'waiting', session, epoch: 2 });
      expect(await store.renew?.('p1', 0)).toEqual({ moved: [{ session, epoch: 2 }], told: 1 });
      expect(await store.renew?.('p1', 0)).toEqual({ moved: [{ session, epoch: 2 }], told: 1 });
      expect(await store.renew?.('p1', 1)).toEqual({ moved: [], told: 1 });
      expect(await store.claim(at(1), 4, 4)).toBe('moved');
      expect(await store.record(at(1), 2)).toBe('moved');
      expect(await store.giveBack(at(1))).toBe('moved');
      expect(await granted(store.resume(second))).toMatchObject({ epoch: 2, handled: 2, doubtful: 0 });
    });

    test('or for the lease of the process: what was claimed comes again', async () => {
      const { store, pass } = await claimed();
      expect(await store.resume(second)).toEqual({ kind: 'waiting', session, epoch: 2 });
      await pass((store.leaseMs ?? 0) + 100);
      expect(await granted(store.resume(second))).toMatchObject({ epoch: 2, handled: 1, doubtful: 3 });
      expect(await store.record(at(1), 2)).toBe('gap');
      await store.renew?.('p2', 0);
      await store.claim(at(2, 'p2'), 2, 2);
      await store.record(at(2, 'p2'), 2);
      await store.giveBack(at(2, 'p2'));
      const back = resuming({ attempt: 3 });
      expect(await granted(store.resume(back))).toMatchObject({ epoch: 3, handled: 2, doubtful: 3 });
    });

    test('what may have been handed out by one process stays in doubt when the next one dies, too', async () => {
      const { store, pass } = await claimed();
      await pass((store.leaseMs ?? 0) + 100);
      expect(await granted(store.resume(second))).toMatchObject({ handled: 1, doubtful: 3 });
      await store.claim(at(2, 'p2'), 2, 2);
      await pass((store.leaseMs ?? 0) + 100);
      expect(await granted(store.resume(resuming({ attempt: 3 })))).toMatchObject({
        handled: 1,
        doubtful: 3,
      });
    });

    test('a process that leaves gives back, and detaches', async () => {
      const { store } = await claimed();
      await store.leave('p1');
      expect(await granted(store.resume(second))).toMatchObject({ epoch: 2, handled: 1, doubtful: 0 });
    });
  });
}
