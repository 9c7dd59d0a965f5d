/** The dialling side, against servers that do what a test says. */
import { describe, expect, test } from 'vitest';
import { control } from '../../src/sessions/wire.ts';
import { Raw, welcome } from './raw.ts';
import { dial, infoOf, sessionWorld } from './world.ts';

/** A server that answers each hello as `answer` says. */
function serve(answer: (raw: Raw, at: number) => void) {
  const world = sessionWorld();
  const sockets: Raw[] = [];
  world.network.serve('server', (peer) => {
    const raw = new Raw(peer);
    sockets.push(raw);
    const { onData } = peer;
    let answered = 0;
    peer.onData = (chunk) => {
      onData?.(chunk);
      for (const hellos = raw.of('hello').length; answered < hellos; answered++) answer(raw, sockets.length);
    };
  });
  return { ...world, sockets, client: world.client() };
}

const greet = (raw: Raw, fields: object = {}) => raw.write(control('welcome', { ...welcome, ...fields }));
const refuse = (raw: Raw, fields: object) => raw.write(control('refused', fields));

const ends = ({ events }: { readonly events: readonly object[] }) =>
  events.flatMap((event) =>
    'to' in event && event.to === 'closed' && 'reason' in event ? [event.reason] : [],
  );
const lost = ({ events }: { readonly events: readonly { readonly event: string }[] }) =>
  events.filter(({ event }) => event === 'session-lost');

describe('hello', () => {
  test('says what this side has, and the first frame after the welcome is an ack', async () => {
    const { clock, sockets, client } = serve((raw) => greet(raw));
    dial(client);
    await clock.run(100);
    expect(sockets[0]?.frames).toEqual([
      {
        type: 'hello',
        hello: {
          v: 1,
          instance: expect.stringMatching(/^[0-9a-f]{16}$/),
          attempt: 1,
          epoch: 0,
          received: 0,
          handled: 0,
          acked: 0,
          window: { messages: 1024, bytes: 1_048_576 },
        },
      },
      { type: 'ack', handled: 0 },
    ]);
  });

  test('a server that keeps the session for less than keepFor is a warning, once for each session', async () => {
    const { clock, client } = serve((raw, at) => greet(raw, { keepFor: 1000, resumed: at > 1 }));
    const { connection: counting } = dial(client, { keepFor: '2m' });
    dial(client, { keepFor: '1s' }, { id: 'content' });
    await clock.run(100);
    counting.reconnect();
    await clock.run(100);
    expect(client.events.filter(({ event }) => event === 'warning')).toMatchObject([
      {
        connection: counting.id,
        detail: 'session: kept for 1000 ms without a socket, less than keepFor (120000 ms)',
      },
    ]);
  });

  test('presents credentials: a text, or the part for handshakes', async () => {
    const { clock, sockets, client } = serve((raw) => greet(raw));
    dial(client, {}, { credentials: 'token' });
    dial(client, {}, { id: 'two', credentials: { handshake: { user: 'ann' }, query: {} } });
    await clock.run(100);
    expect(sockets.map((raw) => raw.of('hello')[0]?.hello.credentials)).toEqual(['token', { user: 'ann' }]);
  });

  test('a resume has the epoch and the numbers, and sends again what was not received, before anything new', async () => {
    const { clock, sockets, client } = serve((raw, at) =>
      greet(raw, at === 1 ? {} : { epoch: 2, received: 1, handled: 1, acked: 2, resumed: true }),
    );
    const { connection, handled } = dial(client);
    await clock.run(100);
    for (const text of ['a', 'b', 'c']) void connection.send(text);
    for (const text of ['one', 'two']) sockets[0]?.message(text);
    await clock.run(100);
    sockets[0]?.peer.reset();
    void connection.send('d');
    await clock.run(3000);
    expect(sockets[1]?.of('hello')).toMatchObject([
      { hello: { attempt: 2, session: welcome.session, epoch: 1, received: 2, handled: 2, acked: 0 } },
    ]);
    expect(sockets[1]?.texts).toEqual(['b', 'c', 'd']);
    expect(handled).toEqual(['one', 'two']);
    expect(infoOf(connection)).toMatchObject({ epoch: 2, resumed: true, unacknowledged: 3 });
  });

  test('the client waits for its welcome, and sends nothing before', async () => {
    const { clock, sockets, client } = serve(() => {});
    const { connection } = dial(client);
    void connection.send('early');
    await clock.run(1000);
    expect(sockets[0]?.frames.map(({ type }) => type)).toEqual(['hello']);
    expect(connection.state).toBe('connecting');
  });
});

describe('a session that is lost', () => {
  test.each(['unknown-session', 'gap'] as const)(
    '%s: one event with the messages in doubt, and a new session on the same socket',
    async (reason) => {
      const { clock, sockets, client } = serve((raw, at) => {
        if (at === 2 && raw.of('hello').length === 1) refuse(raw, { reason });
        else greet(raw, { session: String(at).repeat(32) });
      });
      const { connection } = dial(client);
      await clock.run(100);
      const receipts = ['a', 'b'].map((text) => connection.send(text));
      await clock.run(10);
      sockets[0]?.ack(1);
      await clock.run(10);
      sockets[0]?.peer.reset();
      await clock.run(3000);
      expect(sockets).toHaveLength(2);
      expect(sockets[1]?.of('hello').map(({ hello }) => [hello.session, hello.again])).toEqual([
        ['1'.repeat(32), undefined],
        [undefined, undefined],
      ]);
      const fates = await Promise.all(receipts.map(async (receipt) => (await receipt).confirmed));
      expect(fates).toEqual(['confirmed', 'unacknowledged']);
      expect(lost(client)).toMatchObject([{ session: '11111111', reason, unacknowledged: 1, resent: false }]);
      void connection.send('c');
      await clock.run(100);
      expect(sockets[1]?.texts).toEqual(['c']);
      expect(ends(client)).toEqual(['reset']);
    },
  );

  test('session$ names the messages in doubt', async () => {
    const { clock, sockets, client } = serve((raw, at) => {
      if (at === 2 && raw.of('hello').length === 1) refuse(raw, { reason: 'unknown-session' });
      else greet(raw);
    });
    const { connection } = dial(client);
    const seen: unknown[] = [];
    connection.session$.subscribe(({ attached, lost: loss, id }) =>
      seen.push([attached, id !== '', loss?.unacknowledged]),
    );
    await clock.run(100);
    void connection.send('a');
    void connection.send(Uint8Array.of(1));
    await clock.run(10);
    sockets[0]?.peer.reset();
    await clock.run(3000);
    expect(seen).toEqual([
      [false, false, undefined],
      [true, true, undefined],
      // Two messages have left.
      [true, true, undefined],
      [false, true, undefined],
      [false, false, ['a', Uint8Array.of(1)]],
      [true, true, ['a', Uint8Array.of(1)]],
    ]);
  });

  test('session$ tells once in a turn how many messages are unacknowledged, also when they are acknowledged', async () => {
    const { clock, sockets, client } = serve((raw) => greet(raw));
    const { connection } = dial(client);
    await clock.run(100);
    const seen: number[] = [];
    const watching = connection.session$.subscribe(({ unacknowledged }) => seen.push(unacknowledged));
    for (const text of ['a', 'b', 'c']) void connection.send(text);
    await clock.run(10);
    sockets[0]?.ack(2);
    await clock.run(10);
    // An ack that says nothing new is none.
    sockets[0]?.ack(2);
    await clock.run(10);
    sockets[0]?.ack(3);
    await clock.run(10);
    expect(seen).toEqual([0, 3, 1, 0]);
    watching.unsubscribe();
    void connection.send('d');
    await clock.run(10);
    expect(seen).toHaveLength(4);
  });

  test('with `resend` they go first in the next session, whose hello says how many', async () => {
    const { clock, sockets, client } = serve((raw, at) => {
      if (at === 2 && raw.of('hello').length === 1) refuse(raw, { reason: 'unknown-session' });
      else if (at <= 2) greet(raw);
      else greet(raw, { epoch: at, resumed: true, received: 3, handled: at === 3 ? 1 : 2 });
    });
    const { connection } = dial(client, { onLost: 'resend' });
    await clock.run(100);
    const receipts = ['a', 'b'].map((text) => connection.send(text));
    await clock.run(10);
    sockets[0]?.peer.reset();
    await clock.run(5);
    void connection.send('c');
    await clock.run(3000);
    expect(sockets[1]?.of('hello').at(-1)).toMatchObject({ hello: { again: 2, attempt: 1, received: 0 } });
    expect(sockets[1]?.texts).toEqual(['a', 'b', 'c']);
    // As long as they are not acknowledged, each resume says so, too.
    sockets[1]?.ack(1);
    await clock.run(10);
    connection.reconnect();
    await clock.run(3000);
    expect(sockets[2]?.of('hello')).toMatchObject([{ hello: { again: 2, session: welcome.session } }]);
    sockets[2]?.ack(2);
    await clock.run(10);
    connection.reconnect();
    await clock.run(3000);
    expect(sockets[3]?.of('hello')[0]?.hello).not.toHaveProperty('again');
    await clock.run(10);
    expect(await Promise.all(receipts.map(async (receipt) => (await receipt).confirmed))).toEqual([
      'confirmed',
      'confirmed',
    ]);
  });

  test.each([
    ['received more than was sent', { received: 3, handled: 0 }],
    ['handled more than it received', { received: 1, handled: 2 }],
    ['handled less than before', { received: 1, handled: 0 }],
    ['knows of more handled than were', { received: 1, handled: 1, acked: 1 }],
  ])('a welcome that %s is a gap: bye, and a new session', async (_, fields) => {
    const { clock, sockets, client } = serve((raw, at) => {
      if (at === 1) greet(raw);
      else if (raw.of('hello').length === 1) greet(raw, { epoch: 2, resumed: true, ...fields });
      else {
        raw.write(control('bye', { handled: 0, reason: 'answer' }));
        greet(raw, { session: '6'.repeat(32) });
      }
    });
    const { connection } = dial(client);
    await clock.run(100);
    void connection.send('a');
    void connection.send('b');
    await clock.run(10);
    sockets[0]?.ack(1);
    await clock.run(10);
    sockets[0]?.peer.reset();
    await clock.run(3000);
    expect(sockets[1]?.frames.map(({ type }) => type)).toEqual(['hello', 'bye', 'hello', 'ack']);
    expect(sockets[1]?.of('bye')).toMatchObject([{ bye: { reason: 'gap' } }]);
    expect(lost(client)).toMatchObject([{ reason: 'gap', unacknowledged: 1 }]);
    expect(infoOf(connection)).toMatchObject({ attached: true, id: '6'.repeat(32), epoch: 1 });
  });

  test('an ack that fits nowhere is one, too', async () => {
    const { clock, sockets, client } = serve((raw) =>
      greet(raw, { session: String(raw.of('hello').length).repeat(32) }),
    );
    const { connection } = dial(client);
    await clock.run(100);
    void connection.send('a');
    await clock.run(10);
    sockets[0]?.ack(2);
    sockets[0]?.message('of the session before');
    await clock.run(100);
    expect(lost(client)).toMatchObject([{ reason: 'gap', unacknowledged: 1 }]);
    expect(infoOf(connection)).toMatchObject({ attached: true, id: '2'.repeat(32) });
    expect(connection.state).toBe('alive');
  });
});

describe('refusals', () => {
  test.each([
    [{ reason: 'replaced' }, 'replaced', 'gave-up'],
    [{ reason: 'not-yours' }, 'unauthorized', 'gave-up'],
    [{ reason: 'version', supported: [2] }, 'protocol-error', 'gave-up'],
    [{ reason: 'unavailable', retryAfterMs: 60_000 }, 'going-away', 'waiting'],
  ] as const)('%j ends the socket as %s', async (fields, reason, status) => {
    const { clock, client } = serve((raw) => refuse(raw, fields));
    const { connection } = dial(client);
    const receipt = connection.send('a');
    receipt.catch(() => {});
    await clock.run(500);
    expect(ends(client)).toEqual([reason]);
    expect(connection.status).toBe(status);
    if (status === 'gave-up') await expect(receipt).rejects.toMatchObject({ outcome: 'never-sent' });
  });

  test('`unavailable` keeps the session', async () => {
    const { clock, sockets, client } = serve((raw, at) => {
      if (at === 2) refuse(raw, { reason: 'unavailable', retryAfterMs: 1000 });
      else greet(raw, at === 1 ? {} : { epoch: 2, resumed: true });
    });
    const { connection } = dial(client);
    await clock.run(100);
    void connection.send('a');
    await clock.run(10);
    sockets[0]?.peer.reset();
    await clock.run(10_000);
    expect(sockets).toHaveLength(3);
    expect(sockets[2]?.texts).toEqual(['a']);
    expect(lost(client)).toEqual([]);
  });

  test('another client takes the session: `replaced`, once, and no chase', async () => {
    const { clock, sockets, client } = serve((raw) => greet(raw));
    const { connection } = dial(client);
    await clock.run(100);
    void connection.send('a');
    await clock.run(10);
    if (sockets[0]) refuse(sockets[0], { reason: 'replaced' });
    await clock.run(60_000);
    expect(sockets).toHaveLength(1);
    expect(ends(client)).toEqual(['replaced']);
    expect(connection.status).toBe('gave-up');
  });
});

describe('ends of a socket', () => {
  test.each([
    ['an end of the stream', (raw: Raw) => raw.peer.end(), 'cut-off'],
    ['a reset', (raw: Raw) => raw.peer.reset(), 'reset'],
  ] as const)('%s only detaches, and is retryable', async (_, act, reason) => {
    const { clock, sockets, client } = serve((raw, at) =>
      greet(raw, at === 1 ? {} : { epoch: 2, resumed: true }),
    );
    const { connection } = dial(client, {}, { reconnect: { restart: 'transient' } });
    await clock.run(100);
    if (sockets[0]) act(sockets[0]);
    await clock.run(10_000);
    expect(ends(client)).toEqual([reason]);
    expect(sockets).toHaveLength(2);
    expect(infoOf(connection)).toMatchObject({ attached: true, resumed: true });
  });

  test('reconnect() and max age say no bye', async () => {
    const { clock, sockets, client } = serve((raw, at) => greet(raw, { epoch: at, resumed: at > 1 }));
    const { connection } = dial(client, {}, { deadlines: { maxAge: '5s' } });
    await clock.run(100);
    connection.reconnect();
    await clock.run(10_000);
    expect(sockets.length).toBeGreaterThan(2);
    expect(sockets.flatMap((raw) => raw.of('bye'))).toEqual([]);
  });

  test('close() says bye with what was handled, and settles by the answer', async () => {
    const { clock, sockets, client } = serve((raw) => greet(raw));
    const { connection } = dial(client);
    await clock.run(100);
    const receipts = ['a', 'b', 'c'].map((text) => connection.send(text));
    sockets[0]?.message('one');
    await clock.run(10);
    const closed = connection.close();
    await clock.run(100);
    expect(sockets[0]?.of('bye')).toEqual([{ type: 'bye', bye: { handled: 1, reason: 'closed' } }]);
    sockets[0]?.write(control('bye', { handled: 2, reason: 'answer' }));
    await clock.run(100);
    expect(await closed).toMatchObject({ reason: 'closed-by-us' });
    expect(await Promise.all(receipts.map(async (receipt) => (await receipt).confirmed))).toEqual([
      'confirmed',
      'confirmed',
      'unacknowledged',
    ]);
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['going-away', 'going-away'],
    ['enough', 'closed-by-peer'],
  ])(
    'a bye of the peer with the reason %s: handled first, then answered; the exit is %s',
    async (why, reason) => {
      const { clock, sockets, client } = serve((raw, at) => greet(raw, { session: String(at).repeat(32) }));
      const { connection, handled } = dial(client);
      await clock.run(100);
      const receipt = connection.send('a');
      await clock.run(10);
      sockets[0]?.message('one');
      sockets[0]?.write(control('bye', { handled: 0, reason: why }));
      await clock.run(10);
      expect(handled).toEqual(['one']);
      expect(sockets[0]?.of('bye')).toEqual([{ type: 'bye', bye: { handled: 1, reason: 'answer' } }]);
      expect(await (await receipt).confirmed).toBe('unacknowledged');
      sockets[0]?.peer.end();
      await clock.run(5000);
      expect(ends(client)).toEqual([reason]);
      expect(infoOf(connection)).toMatchObject({ attached: true, id: '2'.repeat(32), resumed: false });
    },
  );
});

describe('hostile servers', () => {
  test.each<[string, (raw: Raw) => void]>([
    ['a message before its welcome', (raw) => raw.message('x')],
    ['a welcome to a resume that was not asked for', (raw) => greet(raw, { resumed: true })],
    ['two welcomes', (raw) => [greet(raw), greet(raw)]],
    ['a hello', (raw) => raw.hello()],
    ['unknown-session for a hello without one', (raw) => refuse(raw, { reason: 'unknown-session' })],
    ['a frame that is none', (raw) => raw.write(Uint8Array.of(99))],
  ])('%s is a protocol-error', async (_, act) => {
    const { clock, client } = serve(act);
    dial(client);
    await clock.run(10_000);
    expect(ends(client)).toEqual(['protocol-error']);
  });
});

describe('options', () => {
  test('onOpen and a buffer are refused by name', async () => {
    const { client } = serve((raw) => greet(raw));
    expect(() => dial(client, {}, { onOpen: () => {} })).toThrow('onOpen');
    const { connection } = dial(client);
    expect(() => connection.messages({ buffer: { messages: 1 } })).toThrow('buffer');
  });
});
