/** Hostile peers over real sockets: the owner of a session is undisturbed, and memory does not grow. Rules are tested in virtual time beside this. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { createSupervisor, framed, type LifecycleEvent, silentLogger } from '../../src/index.ts';
import { recordingOf } from '../../src/inspect/export.ts';
import { type Session, type SessionInfo, session } from '../../src/session.ts';
import type { AcceptSessionOptions } from '../../src/sessions/accept-options.ts';
import { ackFrame, control, type Frame, readFrame } from '../../src/sessions/wire.ts';
import { lines } from '../support/lines.ts';
import { later } from '../transport/peers.ts';
import { hello } from './raw.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function settledHeap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

async function serve(options: Partial<AcceptSessionOptions> = {}) {
  const supervisor = createSupervisor({ logger: silentLogger });
  later(() => supervisor.stop());
  const sessions: Session[] = [];
  const handled: string[] = [];
  const protocol = session(framed(), {
    identify: ({ credentials }) => String(credentials),
    onSession(accepted) {
      sessions.push(accepted);
      accepted.onMessage = (message) => void handled.push(String(message));
    },
    ...options,
  });
  const listener = await supervisor.listen({ url: 'tcp://127.0.0.1:0', protocol });
  return { supervisor, port: Number(new URL(listener.url).port), sessions, handled };
}

/** A client that does what the test says. */
class Attacker {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  bytes = 0;
  readonly #decoder = framed().open({} as never).decoder;
  #told = () => {};

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('error', () => {}).on('close', () => this.#told());
    this.socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      this.#decoder.push(chunk, { frame: (frame) => this.#read(frame) });
      this.#told();
    });
  }

  write(...frames: Uint8Array[]): void {
    for (const frame of frames) this.socket.write(framed().encode(frame));
  }

  hello(fields: object): void {
    this.write(control('hello', { ...hello, ...fields }));
  }

  /** Resolves when it holds, or the socket is closed. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && !this.socket.destroyed)
      await new Promise<void>((told) => {
        this.#told = told;
      });
  }

  #read(frame: unknown): void {
    const read = frame instanceof Uint8Array ? readFrame(frame) : undefined;
    if (typeof read === 'object') this.frames.push(read);
  }
}

function owner(port: number) {
  const supervisor = createSupervisor({ logger: silentLogger });
  later(() => supervisor.stop());
  const connection = supervisor.connect({
    url: `tcp://127.0.0.1:${port}`,
    protocol: session(framed()),
    credentials: () => 'ann',
    onMessage: () => {},
  });
  const infos: SessionInfo[] = [];
  connection.session$.subscribe((info) => infos.push(info));
  const say = async (text: string) => (await connection.send(text)).confirmed;
  return { connection, infos, say };
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

test('thousands of hellos of every kind: the owner is undisturbed, and memory does not grow', async () => {
  const { supervisor, port, handled, sessions } = await serve();
  const ann = owner(port);
  expect(await ann.say('first')).toBe('confirmed');
  const { id, epoch } = ann.infos.at(-1) as SessionInfo;
  const moves: string[] = [];
  supervisor.events$.subscribe((event) => {
    if (event.event === 'session' && event.session === id.slice(0, 8)) moves.push(event.to);
  });
  const kinds: ((n: number) => object)[] = [
    (n) => ({ session: hex(n, 32), instance: hex(n, 16), epoch: 1, credentials: 'ann' }),
    (n) => ({ session: id, instance: hex(n, 16), epoch, credentials: 'eve' }),
    (n) => ({ session: id, instance: hex(n, 16), epoch: epoch + 1, credentials: 'ann' }),
    (n) => ({ instance: hex(n, 16), window: { messages: 1e12, bytes: 1e12 }, credentials: 'eve' }),
    (n) => ({ instance: hex(n, 16), v: 2, credentials: { at: n } }),
  ];
  const answers = new Map<string, number>();
  const one = async (n: number) => {
    const attacker = new Attacker(port);
    attacker.hello(kinds[n % kinds.length]?.(n) ?? {});
    await attacker.until(() => attacker.frames.length > 0);
    const [first] = attacker.frames;
    const answer = first?.type === 'refused' ? first.refused.reason : (first?.type ?? 'closed');
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    attacker.socket.resetAndDestroy();
    await once(attacker.socket, 'close');
  };
  const flood = async (from: number, to: number) => {
    for (let n = from; n < to; n += 100)
      await Promise.all(Array.from({ length: 100 }, (_, at) => one(n + at)));
  };
  await flood(0, 1500);
  const before = await settledHeap();
  await flood(1500, 3000);
  expect(await ann.say('last')).toBe('confirmed');
  // A socket that is kept has 4 KB; what warms up levels off at 1 MB, after a few thousand hellos.
  expect((await settledHeap()) - before).toBeLessThan(1_500_000);
  const count = (...kind: string[]) => kind.reduce((sum, each) => sum + (answers.get(each) ?? 0), 0);
  expect([count('unknown-session'), count('welcome'), count('version')]).toEqual([600, 600, 600]);
  // Of those that name the session of the owner five pass at once, then one a second, of each identity.
  expect(count('not-yours', 'replaced', 'unavailable')).toBe(1200);
  expect(count('not-yours')).toBeLessThan(100);
  expect(count('replaced')).toBeLessThan(100);
  expect(handled).toEqual(['first', 'last']);
  expect(sessions).toHaveLength(1);
  expect(moves).toEqual([]);
  expect(ann.infos.at(-1)).toMatchObject({ id, epoch, attached: true });
});

test('thousands of hellos on one socket: it is closed at the second', async () => {
  const { port, sessions } = await serve();
  const attacker = new Attacker(port);
  const frames = Array.from({ length: 5000 }, (_, n) =>
    control('hello', { ...hello, attempt: n + 1, credentials: 'eve' }),
  );
  attacker.write(...frames);
  await attacker.until(() => false);
  expect(attacker.frames.length).toBeLessThan(2);
  expect(sessions).toEqual([]);
});

test('resumes that ask for a whole window each time are a few, and cost no memory', async () => {
  const { port, sessions } = await serve();
  let attacker = new Attacker(port);
  const window = { messages: 1e12, bytes: 1e12 };
  const fields = { window, credentials: 'eve' };
  attacker.hello(fields);
  await attacker.until(() => attacker.frames.length > 0);
  attacker.write(ackFrame(0));
  await expect.poll(() => sessions.length, { interval: 5 }).toBe(1);
  for (let n = 0; n < 15; n++) void sessions[0]?.send(new Uint8Array(100_000));
  await attacker.until(() => attacker.bytes > 1_000_000);
  expect(attacker.bytes).toBeLessThan(1_048_576 + 10_000);
  const id = sessions[0]?.id;
  const before = await settledHeap();
  let [bytes, welcomes] = [0, 0];
  for (let attempt = 2; attempt < 42; attempt++) {
    attacker.socket.resetAndDestroy();
    attacker = new Attacker(port);
    attacker.hello({ ...fields, session: id, epoch: 1, attempt });
    await attacker.until(
      () => attacker.frames.some(({ type }) => type === 'refused') || attacker.bytes > 1_000_000,
    );
    bytes += attacker.bytes;
    if (attacker.frames[0]?.type === 'welcome') welcomes++;
  }
  // Five at once, then one a second, however long the forty took.
  expect(welcomes).toBeGreaterThan(3);
  expect(welcomes).toBeLessThan(20);
  expect(bytes).toBeLessThan(welcomes * (1_048_576 + 10_000) + 40 * 1000);
  attacker.frames.length = 0;
  expect((await settledHeap()) - before).toBeLessThan(400_000);
});

test('ids in full are in no log, event, history, recording or description of either side', async () => {
  const { lines: logged, logger } = lines('trace');
  const supervisor = createSupervisor({ logger, recorder: flightRecorder() });
  later(() => supervisor.stop());
  const events: LifecycleEvent[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  let accepted: Session | undefined;
  const protocol = session(framed(), {
    onSession(opened) {
      accepted = opened;
      opened.onMessage = () => {};
    },
  });
  const listener = await supervisor.listen({ url: 'tcp://127.0.0.1:0', protocol });
  const connection = supervisor.connect({ url: listener.url, protocol, onMessage: () => {} });
  expect(await (await connection.send('one')).confirmed).toBe('confirmed');
  connection.reconnect();
  expect(await (await connection.send('two')).confirmed).toBe('confirmed');
  const outside = [
    ...[logged, events, recordingOf(supervisor), [...supervisor.connections].map((each) => each.history())],
    ...[supervisor, connection, accepted].map((each) => inspect(each, { depth: 9 })),
    ...[supervisor, connection, accepted].map((each) => JSON.stringify(each)),
  ];
  const id = accepted?.id ?? '';
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  const text = outside.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  expect(text.join('\n')).toContain(id.slice(0, 8));
  for (const each of text) expect(each).not.toContain(id);
});
