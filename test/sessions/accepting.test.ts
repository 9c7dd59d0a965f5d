/** The accepting side, against peers that do what a test says: hellos, replays, acks, goodbyes, and what a hostile one may try. */
import { describe, expect, test } from 'vitest';
import { Refused } from '../../src/ports/protocol.ts';
import type { AcceptSessionOptions } from '../../src/sessions/accept-options.ts';
import { Raw } from './raw.ts';
import { type Server, type SessionWorld, sessionWorld } from './world.ts';

async function served(options: Partial<AcceptSessionOptions> = {}) {
  const world = sessionWorld();
  const server = await world.serve(options);
  return { ...world, server };
}

async function connect({ network, clock }: SessionWorld): Promise<Raw> {
  const raw = new Raw(network.connect('server'));
  await clock.run(10);
  return raw;
}

/** A client with a session that it has acknowledged. */
async function attached(world: SessionWorld, fields: object = {}) {
  const raw = await connect(world);
  raw.hello(fields);
  await world.clock.run(10);
  raw.ack(0);
  await world.clock.run(10);
  const [first] = raw.of('welcome');
  return { raw, welcome: first?.welcome as NonNullable<typeof first>['welcome'] };
}

const exits = ({ events }: Server) =>
  events.flatMap((event) => (event.event === 'state' && event.to === 'closed' ? [event.reason] : []));

describe('opening', () => {
  test('a hello is answered by a welcome; the application hears of the session after the first ack', async () => {
    const world = await served();
    const raw = await connect(world);
    raw.hello();
    await world.clock.run(10);
    expect(raw.frames).toEqual([
      {
        type: 'welcome',
        welcome: {
          session: expect.stringMatching(/^[0-9a-f]{32}$/),
          epoch: 1,
          received: 0,
          handled: 0,
          acked: 0,
          keepFor: 120_000,
          window: { messages: 1024, bytes: 1_048_576 },
          resumed: false,
        },
      },
    ]);
    expect(world.server.sessions).toHaveLength(0);
    raw.ack(0);
    await world.clock.run(10);
    expect(world.server.sessions).toMatchObject([{ attached: true, identity: '' }]);
    expect(world.server.arrivals).toMatchObject([{ resumed: false }]);
  });

  test('a lost welcome leaves no ghost: the same instance has the same session, and there is one onSession', async () => {
    const world = await served();
    const first = await connect(world);
    first.hello();
    await world.clock.run(10);
    const second = await connect(world);
    second.hello({ attempt: 2 });
    await world.clock.run(10);
    second.ack(0);
    await world.clock.run(1000);
    const [one] = first.of('welcome');
    const [two] = second.of('welcome');
    expect(two?.welcome.session).toBe(one?.welcome.session);
    expect(two?.welcome).toMatchObject({ epoch: 2, resumed: false });
    expect(first.of('refused')).toMatchObject([{ refused: { reason: 'replaced' } }]);
    expect(world.server.sessions).toHaveLength(1);
  });

  test('a welcome that is lost on a resume: the client has its session, and is not thrown out', async () => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    raw.peer.reset();
    const lost = await connect(world);
    lost.hello({ attempt: 2, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    // It has not read the welcome, and knows the epoch of before.
    const back = await connect(world);
    back.hello({ attempt: 3, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    expect(back.of('welcome')).toMatchObject([
      { welcome: { session: welcome.session, epoch: 3, resumed: true } },
    ]);
    expect(lost.of('refused')).toMatchObject([{ refused: { reason: 'replaced' } }]);
    back.message('mine');
    await world.clock.run(1000);
    expect(world.server.handled).toEqual(['mine']);
    expect(world.server.sessions).toHaveLength(1);
  });

  test('a session that was not acknowledged ends with its socket', async () => {
    const world = await served();
    const raw = await connect(world);
    raw.hello();
    await world.clock.run(10);
    const session = raw.of('welcome')[0]?.welcome.session;
    raw.peer.reset();
    await world.clock.run(10);
    const again = await connect(world);
    again.hello({ attempt: 2, session, epoch: 1 });
    await world.clock.run(10);
    expect(again.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'unknown-session' } }]);
  });

  test('after `unknown-session` a new session begins on the same socket', async () => {
    const world = await served();
    const raw = await connect(world);
    raw.hello({ session: '1'.repeat(32), epoch: 4 });
    await world.clock.run(10);
    raw.hello({ instance: 'b'.repeat(16) });
    await world.clock.run(10);
    expect(raw.frames.map(({ type }) => type)).toEqual(['refused', 'welcome']);
  });

  test('windows of a hello are cut down to the own limits', async () => {
    const world = await served({ window: { messages: 10, bytes: 1000 } });
    const { welcome } = await attached(world, { window: { messages: 1e12, bytes: 1e12 } });
    expect(welcome.window).toEqual({ messages: 10, bytes: 1000 });
    const small = await attached(world, { window: { messages: 1e12, bytes: 20 }, instance: 'c'.repeat(16) });
    expect(small.welcome.window).toEqual({ messages: 10, bytes: 20 });
  });

  test('a hello of another version learns which are spoken', async () => {
    const world = await served();
    const raw = await connect(world);
    raw.hello({ v: 2 });
    await world.clock.run(10);
    expect(raw.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'version', supported: [1] } }]);
  });
});

describe('resuming', () => {
  test('goes on from what each side has received, before anything new', async () => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    raw.message('one');
    raw.message('two');
    await world.clock.run(10);
    const [session] = world.server.sessions;
    for (const text of ['a', 'b', 'c']) void session?.send(text);
    await world.clock.run(10);
    expect(raw.texts).toEqual(['a', 'b', 'c']);
    raw.peer.reset();
    await world.clock.run(10);
    void session?.send('d');
    const next = await connect(world);
    next.hello({ attempt: 2, session: welcome.session, epoch: 1, received: 2, handled: 1, acked: 0 });
    await world.clock.run(10);
    expect(next.of('welcome')).toMatchObject([
      { welcome: { epoch: 2, received: 2, handled: 2, acked: 1, resumed: true } },
    ]);
    expect(next.texts).toEqual(['c', 'd']);
    expect(world.server.sessions).toHaveLength(1);
    expect(world.server.handled).toEqual(['one', 'two']);
  });

  test('while the old socket looks alive takes the session over; the old one is refused as replaced, and closed', async () => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    const next = await connect(world);
    next.hello({ attempt: 2, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    raw.message('from the old socket');
    next.message('from the new one');
    await world.clock.run(10_000);
    expect(raw.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'replaced' } }]);
    expect(exits(world.server)).toHaveLength(1);
    expect(world.server.handled).toEqual(['from the new one']);
    expect(world.server.sessions).toMatchObject([{ attached: true }]);
  });

  test.each([
    ['an older attempt of the instance', { attempt: 1 }, 'replaced'],
    ['another instance with an older epoch', { instance: 'b'.repeat(16), epoch: 0 }, 'replaced'],
    ['an id that was guessed', { session: '1'.repeat(32), attempt: 9 }, 'unknown-session'],
  ])('%s changes nothing', async (_, fields, reason) => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    const other = await connect(world);
    other.hello({ session: welcome.session, epoch: 1, attempt: 5, ...fields });
    await world.clock.run(10);
    expect(other.of('refused')).toEqual([{ type: 'refused', refused: { reason } }]);
    raw.message('still here');
    await world.clock.run(1000);
    expect(world.server.handled).toEqual(['still here']);
    expect(raw.of('refused')).toEqual([]);
  });

  test('another instance at the present epoch takes it over', async () => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    const other = await connect(world);
    other.hello({ session: welcome.session, epoch: 1, instance: 'b'.repeat(16) });
    await world.clock.run(10);
    expect(other.of('welcome')).toMatchObject([{ welcome: { epoch: 2 } }]);
    expect(raw.of('refused')).toMatchObject([{ refused: { reason: 'replaced' } }]);
  });

  test.each([
    ['received more than was sent', { received: 1 }],
    ['handled more than it received', { handled: 1 }],
    ['knows of more handled than were', { acked: 2 }],
  ])('a hello that %s ends the session as gap', async (_, fields) => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    raw.message('one');
    await world.clock.run(300);
    raw.peer.reset();
    await world.clock.run(10);
    const next = await connect(world);
    next.hello({ attempt: 2, session: welcome.session, epoch: 1, acked: 1, ...fields });
    await world.clock.run(10);
    expect(next.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'gap' } }]);
    expect(world.server.closed).toMatchObject([{ reason: 'gap' }]);
    next.hello({ instance: 'b'.repeat(16) });
    await world.clock.run(10);
    expect(next.of('welcome')).toHaveLength(1);
  });

  test.each([
    ['beyond what was sent', 3],
    ['that runs backwards', 0],
  ])('an ack %s ends the session as gap', async (_, handled) => {
    const world = await served();
    const { raw } = await attached(world);
    const [session] = world.server.sessions;
    const receipts = ['a', 'b'].map((text) => session?.send(text));
    await world.clock.run(10);
    raw.ack(1);
    raw.ack(handled);
    await world.clock.run(10);
    expect(raw.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'gap' } }]);
    expect(world.server.closed).toEqual([{ reason: 'gap', acknowledged: 1, unacknowledged: 1 }]);
    const fates = await Promise.all(receipts.map(async (receipt) => (await receipt)?.confirmed));
    expect(fates).toEqual(['confirmed', 'unacknowledged']);
  });

  test('the first hello of a lost session names those that may have arrived: they are flagged', async () => {
    const world = await served();
    const { raw } = await attached(world, { again: 2 });
    for (const text of ['one', 'two', 'three']) raw.message(text);
    await world.clock.run(10);
    expect(world.server.handled).toEqual(['one!', 'two!', 'three']);
  });
});

describe('keepFor', () => {
  test('runs while detached, and ends the session by the clock of the store', async () => {
    const world = await served({ keepFor: '30s' });
    const { raw, welcome } = await attached(world);
    for (let at = 0; at < 120; at++) {
      raw.beat();
      await world.clock.run(1000);
    }
    expect(world.server.sessions).toMatchObject([{ attached: true }]);
    raw.peer.reset();
    await world.clock.run(29_000);
    expect(world.server.closed).toEqual([]);
    await world.clock.run(2000);
    expect(world.server.closed).toMatchObject([{ reason: 'expired' }]);
    const late = await connect(world);
    late.hello({ attempt: 2, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    expect(late.of('refused')).toMatchObject([{ refused: { reason: 'unknown-session' } }]);
    await expect(world.server.sessions[0]?.send('late')).rejects.toMatchObject({ outcome: 'never-sent' });
  });
});

describe('goodbyes', () => {
  test('a bye is answered by the final number, once what arrived is handled', async () => {
    const world = await served({
      onSession(session) {
        session.onMessage = () =>
          new Promise((resolve) => world.clock.scheduler.schedule(() => resolve(0), 500));
        void session.closed.then((end) => world.server.closed.push(end));
      },
    });
    const { raw } = await attached(world);
    for (const text of ['one', 'two']) raw.message(text);
    raw.write((await import('../../src/sessions/wire.ts')).control('bye', { handled: 0, reason: 'closed' }));
    await world.clock.run(900);
    expect(raw.of('bye')).toEqual([]);
    await world.clock.run(200);
    expect(raw.of('bye')).toEqual([{ type: 'bye', bye: { handled: 2, reason: 'answer' } }]);
    expect(world.server.closed).toMatchObject([{ reason: 'left' }]);
  });

  test('close of a session sends what waits, says bye, and settles by the answer', async () => {
    const world = await served();
    const { raw } = await attached(world);
    const [session] = world.server.sessions;
    const receipts = [session?.send('a'), session?.send('b')];
    const closed = session?.close('enough');
    await world.clock.run(100);
    expect(raw.texts).toEqual(['a', 'b']);
    expect(raw.of('bye')).toEqual([{ type: 'bye', bye: { handled: 0, reason: 'enough' } }]);
    raw.write((await import('../../src/sessions/wire.ts')).control('bye', { handled: 1, reason: 'answer' }));
    await world.clock.run(100);
    expect(await closed).toEqual({ reason: 'enough', acknowledged: 1, unacknowledged: 1 });
    const fates = await Promise.all(receipts.map(async (receipt) => (await receipt)?.confirmed));
    expect(fates).toEqual(['confirmed', 'unacknowledged']);
    await expect(session?.send('late')).rejects.toMatchObject({ outcome: 'never-sent' });
  });

  test('close of a detached session ends it at once', async () => {
    const world = await served();
    const { raw, welcome } = await attached(world);
    raw.peer.reset();
    await world.clock.run(10);
    expect(await world.server.sessions[0]?.close()).toMatchObject({ reason: 'closed' });
    const next = await connect(world);
    next.hello({ attempt: 2, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    expect(next.of('refused')).toMatchObject([{ refused: { reason: 'unknown-session' } }]);
  });

  test('stop says bye going-away, as the store in memory goes with it', async () => {
    const world = await served();
    const { raw } = await attached(world);
    const away = await attached(world, { instance: 'b'.repeat(16) });
    away.raw.peer.reset();
    await world.clock.run(10);
    void world.server.supervisor.stop();
    await world.clock.run(20_000);
    expect(raw.of('bye')).toMatchObject([{ bye: { reason: 'going-away' } }]);
    expect(world.server.closed).toMatchObject([{ reason: 'going-away' }, { reason: 'going-away' }]);
    raw.peer.reset();
    await world.clock.run(200_000);
    expect(world.clock.pending).toBe(0);
  });
});

describe('identities', () => {
  const identify: AcceptSessionOptions['identify'] = ({ credentials }) => {
    if (credentials === 'stranger') throw new Refused({ reason: 'unauthorized' });
    if (credentials === 'broken') throw new Error('no database');
    return String(credentials);
  };

  test('a session is resumed by its identity alone: the true owner stays', async () => {
    const world = await served({ identify, plaintext: false });
    const { raw, welcome } = await attached(world, { credentials: 'ann' });
    expect(world.server.sessions).toMatchObject([{ identity: 'ann' }]);
    const other = await connect(world);
    other.hello({ attempt: 9, session: welcome.session, epoch: 1, credentials: 'bob' });
    await world.clock.run(10);
    expect(other.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'not-yours' } }]);
    raw.message('mine');
    await world.clock.run(10);
    expect(world.server.handled).toEqual(['mine']);
  });

  test('identify turns clients away, and what else it throws means come again', async () => {
    const world = await served({ identify });
    const stranger = await connect(world);
    stranger.hello({ credentials: 'stranger' });
    const broken = await connect(world);
    broken.hello({ credentials: 'broken' });
    await world.clock.run(10);
    expect(stranger.of('refused')).toEqual([{ type: 'refused', refused: { reason: 'not-yours' } }]);
    expect(broken.of('refused')).toEqual([
      { type: 'refused', refused: { reason: 'unavailable', retryAfterMs: 1000 } },
    ]);
    expect(world.server.reported).toEqual([new Error('no database')]);
  });

  test('without identify an id is a secret: no plaintext beyond this machine', async () => {
    const world = await served({ plaintext: false });
    const raw = await connect(world);
    raw.hello();
    await world.clock.run(100);
    expect(raw.frames).toEqual([]);
    expect(exits(world.server)).toEqual(['crashed']);
  });
});

describe('hostile peers', () => {
  test.each<[string, (raw: Raw) => void]>([
    ['a message before its hello', (raw) => raw.message('x')],
    ['an ack before its hello', (raw) => raw.ack(0)],
    ['two hellos', (raw) => [raw.hello(), raw.hello({ attempt: 2 })]],
    ['a message between hello and welcome', (raw) => [raw.hello(), raw.message('x')]],
    ['an unknown frame', (raw) => raw.write(Uint8Array.of(9))],
    ['an empty frame', (raw) => raw.write(new Uint8Array(0))],
    ['a hello of a megabyte', (raw) => raw.hello({ credentials: 'x'.repeat(1e6) })],
  ])('%s is a protocol-error', async (_, act) => {
    const world = await served();
    const raw = await connect(world);
    act(raw);
    await world.clock.run(10_000);
    expect(exits(world.server)).toEqual(['protocol-error']);
    expect(world.server.sessions).toEqual([]);
  });

  test('messages beyond the window are a protocol-error; one of any size is not', async () => {
    const world = await served({ window: { messages: 4, bytes: 100 }, onSession: () => {} });
    const { raw } = await attached(world);
    raw.message('x'.repeat(5000));
    await world.clock.run(100);
    expect(exits(world.server)).toEqual([]);
    raw.message('x');
    await world.clock.run(10_000);
    expect(exits(world.server)).toEqual(['protocol-error']);
    const second = await attached(world, { instance: 'b'.repeat(16) });
    for (let at = 0; at < 4; at++) second.raw.message('x');
    await world.clock.run(100);
    expect(exits(world.server)).toHaveLength(1);
    second.raw.message('x');
    await world.clock.run(10_000);
    expect(exits(world.server)).toEqual(['protocol-error', 'protocol-error']);
  });

  test('resumes of one session: five at once, then one a second', async () => {
    const world = await served();
    const { welcome } = await attached(world);
    const answers: string[] = [];
    for (let attempt = 2; attempt < 12; attempt++) {
      const raw = await connect(world);
      raw.hello({ attempt, session: welcome.session, epoch: 1 });
      await world.clock.run(1);
      await world.clock.run(5);
      answers.push(raw.frames.map(({ type }) => type).join());
    }
    expect(answers.filter((answer) => answer.startsWith('welcome'))).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'refused')).toHaveLength(5);
    await world.clock.run(1000);
    const late = await connect(world);
    late.hello({ attempt: 20, session: welcome.session, epoch: 1 });
    await world.clock.run(10);
    expect(late.of('welcome')).toHaveLength(1);
  });

  test('a flood of resumes by another identity does not use up those of the owner', async () => {
    const world = await served({ identify: ({ credentials }) => String(credentials) });
    const { raw, welcome } = await attached(world, { credentials: 'ann' });
    for (let attempt = 2; attempt < 30; attempt++) {
      const other = await connect(world);
      other.hello({ attempt, session: welcome.session, epoch: 1, credentials: 'bob' });
      await world.clock.run(5);
    }
    raw.peer.reset();
    const back = await connect(world);
    back.hello({ attempt: 2, session: welcome.session, epoch: 1, credentials: 'ann' });
    await world.clock.run(10);
    expect(back.of('welcome')).toHaveLength(1);
  });

  test('limits of sessions, in all and of one identity', async () => {
    const world = await served({
      identify: ({ credentials }) => String(credentials),
      maxSessions: { total: 3, perIdentity: 2 },
    });
    const answers: string[] = [];
    for (const [at, who] of ['ann', 'ann', 'ann', 'bob', 'cid'].entries()) {
      const raw = await connect(world);
      raw.hello({ instance: String(at).repeat(16), credentials: who });
      await world.clock.run(10);
      answers.push(raw.frames.map(({ type }) => type).join());
    }
    expect(answers).toEqual(['welcome', 'welcome', 'refused', 'welcome', 'refused']);
  });

  test('one socket that says hello again and again is closed', async () => {
    const world = await served();
    const raw = await connect(world);
    for (let at = 0; at < 20; at++) {
      raw.hello({ session: String(at).padStart(32, '0'), attempt: at + 1, epoch: 1 });
      await world.clock.run(3);
    }
    await world.clock.run(6000);
    expect(raw.of('refused').length).toBeLessThan(9);
    expect(exits(world.server)).toEqual(['protocol-error']);
  });

  test('a client that says hello and nothing more keeps no session', async () => {
    const world = await served();
    for (let at = 0; at < 50; at++) {
      const raw = await connect(world);
      raw.hello({ instance: String(at).padStart(16, '0') });
      await world.clock.run(3);
      raw.peer.reset();
    }
    await world.clock.run(10);
    expect(world.server.closed).toEqual([]);
    expect(world.server.sessions).toEqual([]);
    void world.server.supervisor.stop();
    await world.clock.run(10_000);
    expect(world.clock.pending).toBe(0);
  });
});
