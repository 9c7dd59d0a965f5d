/** Requests in virtual time: answers, waits that end, and what a reconnect does to them. */
import { describe, expect, test } from 'vitest';
import type { Opening } from '../../src/actors/incarnation/introduction.ts';
import { RequestError, requests } from '../../src/requests.ts';
import { expectNothingLeft } from '../support/world.ts';
import { type Desk, type In, type Out, opened, options, outcome, ServiceError } from './support.ts';

/** Nothing waits, no timer runs, and nothing of the supervisor is left. */
async function nothingWaits({ here, rpc }: Desk): Promise<void> {
  expect(rpc.pending).toBe(0);
  await expectNothingLeft(here);
  expect(here.clock.pending).toBe(0);
}

describe('request: an answer', () => {
  test('resolves the request of its id, in any order, and other messages go where they went', async () => {
    const desk = opened();
    const heard: In[] = [];
    desk.connection.messages$.subscribe((message) => heard.push(message));
    const results = Promise.all(['slow', 'one', 'two'].map((method) => desk.rpc.request(method)));
    await desk.here.clock.run(2000);
    await expect(results).resolves.toEqual(['slow!', 'one!', 'two!']);
    expect(desk.asked).toEqual(['1:1:slow', '1:2:one', '1:3:two']);
    expect(desk.news).toEqual(['slow', 'one', 'two']);
    expect(heard.length).toBe(6);
    await nothingWaits(desk);
  });

  test('with an error rejects with what answerOf made of it', async () => {
    const desk = opened();
    const asked = desk.rpc.request('bad');
    await desk.here.clock.run(100);
    await expect(asked).rejects.toThrow(ServiceError);
    await expect(asked).rejects.toThrow('no such method');
    await nothingWaits(desk);
  });

  test('that is late, doubled or unknown goes to onUnmatched, and settles nothing', async () => {
    const unmatched: In[] = [];
    const desk = opened({}, { onUnmatched: (message) => unmatched.push(message) });
    const late = outcome(desk.rpc.request('slow', { timeout: 500 }));
    const twice = outcome(desk.rpc.request('twice'));
    await desk.here.clock.run(2000);
    expect(await Promise.all([late, twice])).toEqual(['timeout, in-doubt', 'twice!']);
    expect(unmatched).toEqual([
      { type: 'answer', id: 2, result: 'twice!' },
      { type: 'answer', id: 1, result: 'slow!' },
    ]);
    await nothingWaits(desk);
  });

  test('of a callback that throws is reported with its name, and the connection goes on', async () => {
    const thrown = new Error('no such field');
    const fail = () => {
      throw thrown;
    };
    const answerOf = (message: In) => (message.type === 'news' ? fail() : options.answerOf(message));
    const desk = opened({}, { answerOf, onUnmatched: fail });
    const asked = desk.rpc.request('twice');
    await desk.here.clock.run(100);
    await expect(asked).resolves.toBe('twice!');
    expect(desk.here.reported).toEqual([
      [thrown, 'answerOf'],
      [thrown, 'onUnmatched'],
    ]);
    await nothingWaits(desk);
  });
});

describe('request: a wait that ends', () => {
  test.each([
    ['timeout, after 10 s by default', 'alive', {}, 10_000, 'timeout, in-doubt'],
    ['timeout, by an option', 'alive', { timeout: '2s' }, 2000, 'timeout, in-doubt'],
    ['timeout in the outbox, which it leaves', 'down', { timeout: 700 }, 700, 'timeout, never-sent'],
  ] as const)('by %s', async (_, network, own, ms, expected) => {
    const desk = opened();
    const { clock } = desk.here;
    if (network === 'down') desk.here.network.host('desk').down();
    await clock.run(100);
    let ended: unknown;
    outcome(desk.rpc.request('never', own)).then((how) => {
      ended = how;
    });
    await clock.run(ms - 1);
    expect(ended).toBe(undefined);
    await clock.run(2);
    expect(ended).toBe(expected);
    expect(desk.connection.buffered.messages).toBe(0);
    await nothingWaits(desk);
  });

  test('by its signal: in doubt once it was written, never sent before', async () => {
    const desk = opened();
    const { clock, network } = desk.here;
    await clock.run(100);
    const reason = new Error('another page');
    const abort = (method: string) => {
      const controller = new AbortController();
      return { controller, asked: desk.rpc.request(method, { signal: controller.signal }) };
    };
    const written = abort('never');
    await clock.run(100);
    network.host('desk').down();
    await clock.run(100);
    const waiting = abort('never');
    const lost = outcome(written.asked);
    await clock.run(50);
    waiting.controller.abort(reason);
    await expect(waiting.asked).rejects.toMatchObject({
      because: 'aborted',
      outcome: 'never-sent',
      code: 'unanswered',
    });
    expect(await lost).toBe('cut-off, in-doubt');
    network.host('desk').up();
    await clock.run(5000);
    const again = abort('never');
    await clock.run(100);
    again.controller.abort(reason);
    const error = await again.asked.catch((each) => each);
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ because: 'aborted', outcome: 'in-doubt', cause: reason });
    await nothingWaits(desk);
  });

  test('before it began, by a signal that has aborted: nothing is sent', async () => {
    const desk = opened();
    await desk.here.clock.run(100);
    const asked = outcome(desk.rpc.request('one', { signal: AbortSignal.abort() }));
    await desk.here.clock.run(100);
    expect([await asked, desk.asked]).toEqual(['aborted, never-sent', []]);
    await nothingWaits(desk);
  });

  test('at once beyond the limit, and for a full outbox', async () => {
    const desk = opened({ outbox: { messages: 1 } }, { limit: 2 });
    const all = ['one', 'two', 'three'].map((method) =>
      outcome(desk.rpc.request(method, { idempotent: true })),
    );
    expect(desk.rpc.pending).toBe(2);
    await desk.here.clock.run(100);
    expect(await Promise.all(all)).toEqual(['one!', 'not-delivered, never-sent', 'too-many, never-sent']);
    await nothingWaits(desk);
  });

  test.each([
    ['a message that cannot be carried', { messageOf: () => 1n as never }, {}, /BigInt|never-sent/],
    ['a messageOf that throws', { messageOf: () => fail('no id') }, {}, /no id/],
    ['a timeout of 0', {}, { timeout: 0 }, /timeout: 0 is not valid; expected a duration of at least 1ms/],
    ['a signal that is none', {}, { signal: 'x' as never }, /signal: "x" is not valid/],
  ])('at once for %s', async (_, own, request, message) => {
    const desk = opened({ reconnect: { crashes: { max: 0 } } }, own);
    const asked = desk.rpc.request('one', request);
    await desk.here.clock.run(100);
    await expect(asked).rejects.toThrow(message);
    await nothingWaits(desk);
  });
});

function fail(message: string): never {
  throw new Error(message);
}

describe('request: the end of its socket', () => {
  test('rejects it as cut-off and in doubt when it was written; one in the outbox waits for the next socket', async () => {
    const desk = opened();
    const { clock, network } = desk.here;
    const written = outcome(desk.rpc.request('never'));
    await clock.run(100);
    network.host('desk').down();
    await clock.run(100);
    const waiting = outcome(desk.rpc.request('one'));
    expect(await written).toBe('cut-off, in-doubt');
    network.host('desk').up();
    await clock.run(1000);
    expect(await waiting).toBe('one!');
    expect(desk.asked).toEqual(['1:1:never', '2:2:one']);
    await nothingWaits(desk);
  });

  test('asks an idempotent one again, with its id, and its timeout goes on', async () => {
    const desk = opened();
    const { clock, network } = desk.here;
    const slow = outcome(desk.rpc.request('slow', { idempotent: true }));
    const never = outcome(desk.rpc.request('never', { idempotent: true, timeout: '5s' }));
    await clock.run(500);
    network.host('desk').down();
    await clock.run(500);
    network.host('desk').up();
    await clock.run(3900);
    expect(await slow).toBe('slow!');
    expect(desk.rpc.pending).toBe(1);
    await clock.run(200);
    expect(await never).toBe('timeout, in-doubt');
    expect(desk.asked).toEqual(['1:1:slow', '1:2:never', '2:1:slow', '2:2:never']);
    await nothingWaits(desk);
  });

  test.each([
    ['asks an idempotent one', true, 'answered'],
    ['rejects another one as never sent', false, 'not-delivered, never-sent'],
  ])('of which a part had left: %s', async (_, idempotent, expected) => {
    const desk = opened();
    const { clock, network } = desk.here;
    await clock.run(100);
    network.host('desk').windowBytes = 1000;
    desk.peers[0]?.pause();
    const long = 'x'.repeat(600_000);
    const asked = outcome(desk.rpc.request(long, { idempotent, timeout: null }));
    await clock.run(100);
    network.host('desk').down();
    network.host('desk').windowBytes = 4_000_000;
    await clock.run(500);
    network.host('desk').up();
    await clock.run(5000);
    const how = await asked;
    expect(how === `${long}!` ? 'answered' : how).toBe(expected);
    await nothingWaits(desk);
  });

  test('for good settles all of them: never sent, or in doubt, idempotent or not', async () => {
    const desk = opened();
    const { clock } = desk.here;
    const all = [true, false].map((idempotent) => outcome(desk.rpc.request('never', { idempotent })));
    await clock.run(100);
    desk.peers[0]?.pause();
    void desk.connection.close();
    const late = outcome(desk.rpc.request('one', { idempotent: true }));
    await clock.run(5000);
    expect(await Promise.all([...all, late])).toEqual([
      'not-delivered, in-doubt',
      'cut-off, in-doubt',
      'not-delivered, never-sent',
    ]);
    await nothingWaits(desk);
  });

  test('and another life of the connection: the same object asks there', async () => {
    const desk = opened();
    const { clock } = desk.here;
    const first = desk.rpc.request('one');
    await clock.run(100);
    void desk.connection.close();
    await clock.run(5000);
    desk.connection.reconnect();
    const second = desk.rpc.request('two');
    await clock.run(5000);
    expect(await Promise.all([first, second])).toEqual(['one!', 'two!']);
    await nothingWaits(desk);
  });
});

describe('request: via the opening', () => {
  test('goes ahead of what waits, and onOpen awaits its answer', async () => {
    let logins = 0;
    const rpc: { of?: Desk['rpc'] } = {};
    const desk = opened({
      onOpen: async (opening: Opening<Out>) => {
        const login = await rpc.of?.request('login', { via: opening });
        if (login === 'login!') logins++;
      },
    });
    rpc.of = desk.rpc;
    const waiting = outcome(desk.rpc.request('one'));
    await desk.here.clock.run(100);
    expect([logins, await waiting, desk.asked]).toEqual([1, 'one!', ['1:2:login', '1:1:one']]);
    await nothingWaits(desk);
  });

  test('is not asked again on another socket, though it is idempotent', async () => {
    const openings: Opening<Out>[] = [];
    const desk = opened({ onOpen: (opening: Opening<Out>) => void openings.push(opening) });
    const { clock, network } = desk.here;
    await clock.run(100);
    const via = openings[0];
    const asked = outcome(desk.rpc.request('never', { via, idempotent: true }));
    await clock.run(100);
    network.host('desk').down();
    network.host('desk').up();
    await clock.run(1000);
    expect(await asked).toBe('cut-off, in-doubt');
    expect(await outcome(desk.rpc.request('one', { via }))).toBe('not-delivered, never-sent');
    expect(desk.asked).toEqual(['1:1:never']);
    await nothingWaits(desk);
  });
});

test.each([
  ['messageOf', { messageOf: 'x' }],
  ['answerOf', { answerOf: undefined }],
  ['onUnmatched', { onUnmatched: 1 }],
  ['limit', { limit: 0 }],
  ['timeout', { timeout: 'soon' }],
])('requests: refuses a bad %s by name', (name, own) => {
  const { connection } = opened();
  expect(() => requests(connection, { ...options, ...own } as never)).toThrow(new RegExp(`^${name}: `));
});
