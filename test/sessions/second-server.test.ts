/** The client of holdfast against `examples/session-server.mjs`, which was written from docs/session-protocol.md alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor, framed, type LifecycleEvent, websocket } from '../../src/index.ts';
import { type SessionInfo, type SessionLoss, session } from '../../src/session.ts';
import { type Fate, unkindRelay } from '../support/unkind-relay.ts';
import { later } from '../transport/peers.ts';

const example = fileURLToPath(new URL('../../examples/session-server.mjs', import.meta.url));
const wires = ['framed', 'websocket'] as const;
type Wire = (typeof wires)[number];

interface Server {
  readonly port: Readonly<Record<Wire, number>>;
  readonly child: ChildProcess;
  /** `anyone <id> <message>`, as the application handled it. */
  readonly lines: string[];
}

async function serve(...args: number[]): Promise<Server> {
  const child = spawn(process.execPath, [example, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  later(() => child.kill('SIGKILL'));
  const output = createInterface({ input: child.stdout });
  const [first] = (await once(output, 'line')) as [string];
  const [framed = 0, websocket = 0] = [...first.matchAll(/:(\d+)/g)].map(([, port]) => Number(port));
  const lines: string[] = [];
  output.on('line', (line) => lines.push(line));
  return { port: { framed, websocket }, child, lines };
}

interface Options {
  readonly window?: { readonly messages: number };
  readonly credentials?: string;
}

function dial(wire: Wire, port: number, { credentials, ...options }: Options = {}) {
  const supervisor = createSupervisor({
    logger: silentLogger,
    deadlines: { handshake: '400ms', close: '2s' },
    reconnect: { backoff: { base: '20ms', cap: '100ms' } },
  });
  later(() => supervisor.stop());
  const events: LifecycleEvent[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  const echoes: string[] = [];
  const connection = supervisor.connect({
    url: `${wire === 'framed' ? 'tcp' : 'ws'}://127.0.0.1:${port}`,
    protocol: session(wire === 'framed' ? framed() : websocket(), options),
    ...(credentials !== undefined && { credentials: () => credentials }),
    onMessage: (message) => void echoes.push(String(message)),
  });
  const info = () => {
    let last: SessionInfo | undefined;
    connection.session$
      .subscribe((value) => {
        last = value;
      })
      .unsubscribe();
    return last as SessionInfo;
  };
  return { connection, echoes, events, info };
}

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `m${from + at}`);

/** Resolves when the other application has handled all of them. */
async function exchange(
  { connection, echoes }: ReturnType<typeof dial>,
  texts: readonly string[],
): Promise<void> {
  const before = echoes.length;
  const fates = texts.map(async (text) => (await connection.send(text)).confirmed);
  expect(new Set(await Promise.all(fates))).toEqual(new Set(['confirmed']));
  await expect.poll(() => echoes.length - before, { interval: 5 }).toBe(texts.length);
  expect(echoes.slice(before)).toEqual(texts.map((text) => `echo ${text}`));
}

const textsOf = ({ lines }: Server) => lines.map((line) => line.split(' ')[2]);
const idsOf = ({ lines }: Server) => new Set(lines.map((line) => line.split(' ')[1]));

describe.each(wires)('over %s', (wire) => {
  test('messages both ways, acks, and a goodbye that is answered', async () => {
    const server = await serve();
    const client = dial(wire, server.port[wire]);
    await exchange(client, numbered(0, 100));
    expect(client.info()).toMatchObject({ epoch: 1, attached: true, resumed: false, unacknowledged: 0 });
    const bytes = await client.connection.send(new Uint8Array(100_000));
    expect(await bytes.confirmed).toBe('confirmed');
    await client.connection.close();
    expect(textsOf(server)).toEqual([...numbered(0, 100), '100000']);
    expect(client.events.at(-1)).toMatchObject({ event: 'left' });
  });

  test('nothing is lost, repeated or out of order where sockets are cut inside of frames', async () => {
    const server = await serve();
    const fates: Fate[] = [
      { way: 'up', after: 1503, how: 'cut' },
      { way: 'down', after: 1777, how: 'cut' },
      { way: 'up', after: 1201, how: 'reset' },
      { way: 'down', after: 999, how: 'reset' },
      { way: 'down', after: 1301, how: 'freeze', ms: 50 },
    ];
    const relay = await unkindRelay(server.port[wire], (socket) => fates[socket]);
    later(() => relay.close());
    const client = dial(wire, relay.port);
    for (let from = 0; from < 1000; from += 100) await exchange(client, numbered(from, from + 100));
    expect(textsOf(server)).toEqual(numbered(0, 1000));
    expect(idsOf(server).size).toBe(1);
    expect(client.info()).toMatchObject({ epoch: 5, resumed: true });
    expect(relay.counts).toEqual({ sockets: 5, cut: 2, reset: 2, freeze: 1, 'half-open': 0 });
  });

  test('a lost welcome: the second hello has the session of the first', async () => {
    const server = await serve();
    const upgrade = wire === 'websocket' ? 129 : 0;
    const relay = await unkindRelay(server.port[wire], (socket) =>
      socket === 0 ? { way: 'down', after: upgrade + 20, how: 'half-open' } : undefined,
    );
    later(() => relay.close());
    const client = dial(wire, relay.port);
    await exchange(client, numbered(0, 20));
    expect(client.info()).toMatchObject({ epoch: 2, resumed: false });
    expect(idsOf(server).size).toBe(1);
  });

  test('a server that started anew knows no session: a new one on the same socket', async () => {
    const first = await serve();
    const ports = [first.port.framed, first.port.websocket];
    const client = dial(wire, first.port[wire]);
    await exchange(client, numbered(0, 20));
    const { id } = client.info();
    const losses = new Set<SessionLoss>();
    client.connection.session$.subscribe(({ lost }) => lost && losses.add(lost));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await serve(...ports);
    await exchange(client, numbered(20, 40));
    expect(textsOf(second)).toEqual(numbered(20, 40));
    expect([...losses]).toEqual([{ id, reason: 'unknown-session', unacknowledged: [], resent: false }]);
    expect(client.events.filter(({ event }) => event === 'session-lost')).toHaveLength(1);
  });

  test('a second socket of the client supersedes the first, which looks alive', async () => {
    const server = await serve();
    const relay = await unkindRelay(server.port[wire], (socket) =>
      socket === 0 ? { way: 'down', after: 2000, how: 'half-open' } : undefined,
    );
    later(() => relay.close());
    const client = dial(wire, relay.port);
    const sent = numbered(0, 200).map((text) => client.connection.send(text));
    await expect.poll(() => relay.counts['half-open'], { interval: 5 }).toBe(1);
    client.connection.reconnect();
    for (const receipt of await Promise.all(sent)) expect(await receipt.confirmed).toBe('confirmed');
    await expect
      .poll(() => client.echoes, { interval: 5 })
      .toEqual(numbered(0, 200).map((text) => `echo ${text}`));
    expect(textsOf(server)).toEqual(numbered(0, 200));
    expect(client.info()).toMatchObject({ epoch: 2, resumed: true });
  });

  test('windows of a few messages and echoes of many', async () => {
    const server = await serve();
    const client = dial(wire, server.port[wire], { window: { messages: 3 } });
    await exchange(client, numbered(0, 300));
    expect(client.info()).toMatchObject({ epoch: 1, unacknowledged: 0 });
  });

  test('the server says going-away', async () => {
    const server = await serve();
    const client = dial(wire, server.port[wire]);
    await exchange(client, numbered(0, 5));
    server.child.kill('SIGTERM');
    await once(server.child, 'exit');
    expect(client.events.filter(({ event }) => event === 'session')).toMatchObject([
      { to: 'attached' },
      { to: 'ended', reason: 'going-away' },
    ]);
  });
});
