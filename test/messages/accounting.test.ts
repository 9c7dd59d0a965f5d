/**
 * Every message is accounted for: 200 connections on real sockets, 100,000 messages, and a proxy that
 * kills, resets and freezes. `SEED=7` repeats its choices.
 */
import { type EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { DeliveryError, type DeliveryOutcome } from '../../src/base/errors.ts';
import { seeded } from '../../src/base/seeded.ts';
import type { Receipt } from '../../src/messages/receipts.ts';
import { line } from '../../src/protocols/line.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { supervision } from '../support/supervision.ts';
import { later, serving } from '../transport/peers.ts';
import { badProxy } from './bad-proxy.ts';

const CONNECTIONS = 200;
const EACH = 500;
/** Sent together, and then a pause. */
const BURST = 10;

const { SEED = '1' } = process.env;

/** What arrived, and how often; and what arrived out of order. */
class Arrivals {
  readonly counts = new Map<string, number>();
  readonly disorders: string[] = [];
  /** Sockets from which something can still arrive. */
  sockets = 0;

  /** A reader for one socket. */
  reader(socket: EventEmitter): (text: string) => void {
    this.sockets++;
    socket.once('close', () => this.sockets--);
    let last = 0;
    return (text) => {
      const number = Number(text.slice(text.indexOf('.') + 1));
      if (number <= last) this.disorders.push(`${text} after ${last}`);
      last = number;
      this.counts.set(text, (this.counts.get(text) ?? 0) + 1);
    };
  }
}

async function lineServer(arrivals: Arrivals): Promise<number> {
  const server = createServer((socket) => {
    const read = arrivals.reader(socket);
    let rest = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        if (text === 'PING') socket.write('PONG\n');
        else read(text);
      }
    });
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

async function webSocketServer(arrivals: Arrivals): Promise<number> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    const read = arrivals.reader(socket);
    socket.on('error', () => {});
    socket.on('message', (data) => read(String(data)));
    later(() => socket.terminate());
  });
  await once(server, 'listening');
  later(() => server.close());
  return (server.address() as AddressInfo).port;
}

type Fate = 'open' | 'written' | 'confirmed' | 'written-unconfirmed' | DeliveryOutcome;

/** What the senders were told. Half of them ask whether a message arrived. */
class Books {
  readonly fates = new Map<string, Fate>();
  readonly #settled: Promise<void>[] = [];

  enter(text: string, receipt: Promise<Receipt>, asks: boolean): void {
    this.fates.set(text, 'open');
    this.#settled.push(this.#follow(text, receipt, asks));
  }

  async #follow(text: string, sent: Promise<Receipt>, asks: boolean): Promise<void> {
    try {
      const receipt = await sent;
      this.fates.set(text, receipt.outcome);
      if (asks) this.fates.set(text, await receipt.confirmed);
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      this.fates.set(text, error.outcome);
    }
  }

  settled(): Promise<unknown> {
    return Promise.all(this.#settled);
  }

  get counts(): Record<Fate, number> {
    const counts = {
      open: 0,
      written: 0,
      confirmed: 0,
      'written-unconfirmed': 0,
      'never-sent': 0,
      expired: 0,
      evicted: 0,
    };
    for (const fate of this.fates.values()) counts[fate]++;
    return counts;
  }
}

const policy = {
  heartbeat: { interval: 300, suspectAfter: { min: 100, max: 200 }, condemnAfter: 400 },
  deadlines: { connect: 2000, handshake: 2000, close: 500 },
  reconnect: { backoff: { base: 20, cap: 200 }, stableAfter: 0 },
} as const;

const patience = { timeout: 20_000 };

const overflows = ['reject', 'drop-oldest', 'drop-newest'] as const;

/** Sends its messages in bursts: some may expire, some are taken back. */
async function talk(
  name: string,
  connection: Connection<unknown, string>,
  books: Books,
  random: () => number,
) {
  for (let n = 1; n <= EACH; ) {
    const abort = new AbortController();
    for (let left = BURST; left > 0; left--, n++) {
      const text = `${name}.${n}`;
      const expiresIn = random() < 0.2 ? 1 + random() * 50 : undefined;
      const signal = random() < 0.1 ? abort.signal : undefined;
      books.enter(text, connection.send(text, { expiresIn, signal }), random() < 0.5);
    }
    await pause(random() * 400);
    abort.abort();
  }
}

test(`receipts: ${CONNECTIONS * EACH} messages over ${CONNECTIONS} connections that die all the time`, {
  timeout: 120_000,
}, async () => {
  const random = seeded(Number(SEED));
  const [arrivals, books] = [new Arrivals(), new Books()];
  const servers = [await lineServer(arrivals), await webSocketServer(arrivals)];
  const proxies = await Promise.all(servers.map((port) => badProxy(port, random, 3000)));
  const { supervisor, reported } = supervision({ transports: [webSocketOverWs()], ...policy });
  const connections = Array.from({ length: CONNECTIONS }, (_, n) => {
    const overWebSocket = n % 2 === 1;
    const port = proxies[n % 2]?.port;
    return supervisor.connect<unknown, string>({
      id: `c${n}`,
      url: `${overWebSocket ? 'ws' : 'tcp'}://127.0.0.1:${port}`,
      protocol: overWebSocket ? websocket() : line(),
      outbox: { messages: 20, age: '3s', overflow: overflows[n % 3] as (typeof overflows)[number] },
    });
  });
  await Promise.all(connections.map((connection, n) => talk(`c${n}`, connection, books, random)));
  for (const proxy of proxies) proxy.peace();
  await expect.poll(() => connections.every(({ buffered }) => buffered.messages === 0), patience).toBe(true);
  const incarnations = connections.reduce((sum, { incarnation }) => sum + incarnation, 0);
  await supervisor.stop();
  await books.settled();
  await expect.poll(() => arrivals.sockets, patience).toBe(0);

  const { counts } = books;
  const faults = proxies.map((proxy) => proxy.faults);
  process.stdout.write(
    `${JSON.stringify({ seed: SEED, counts, incarnations, arrived: arrivals.counts.size, faults })}\n`,
  );
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect([total, counts.open, reported]).toEqual([CONNECTIONS * EACH, 0, []]);
  expect(
    Math.min(...Object.entries(counts).flatMap(([fate, count]) => (fate === 'open' ? [] : [count]))),
  ).toBeGreaterThan(0);
  expect(incarnations).toBeGreaterThan(3 * CONNECTIONS);
  expect(arrivals.disorders).toEqual([]);
  expect([...arrivals.counts].filter(([text, count]) => count > 1 || !books.fates.has(text))).toEqual([]);
  const gone = ['never-sent', 'expired', 'evicted'];
  const ghosts = [...books.fates].filter(([text, fate]) => gone.includes(fate) && arrivals.counts.has(text));
  const losses = [...books.fates].filter(
    ([text, fate]) => fate === 'confirmed' && !arrivals.counts.has(text),
  );
  expect({ ghosts, losses }).toEqual({ ghosts: [], losses: [] });
});
