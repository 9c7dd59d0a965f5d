/**
 * One run of the throughput bench: `throughput-worker.ts <wire> <size> <port>`. A raw client and a
 * supervised one offer the same calls, so the loops that are timed are the same. They take turns in short
 * rounds: what the machine does besides, and the moods of the collector, meet both.
 */

import { connect } from 'node:net';
import { createSupervisor, silentLogger } from 'holdfast';
import { dialogueOf } from 'holdfast/testing';
import { WebSocket } from 'ws';
import { mortal } from './support/processes.ts';
import { quantile } from './support/report.ts';
import { sized } from './support/size.ts';
import { messageFor, protocolOf, type Wire, wants } from './throughput-wires.ts';

type Message = string | Uint8Array;

export interface Figures {
  /** Messages per second. */
  readonly sent: number;
  readonly received: number;
  /** Round trips, in microseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Throughput {
  readonly raw: Figures;
  readonly supervised: Figures;
}

interface Client {
  onMessage: (message: Message) => void;
  /** Returns what to wait for before more is sent, when enough is under way. */
  send(message: Message): Promise<unknown> | undefined;
  close(): void;
}

/** Bytes under way before a sender waits: the same for all. */
const ENOUGH = 256 * 1024;
const warmUps = sized(5, 1);
const rounds = sized(40, 3);
const [wireName = '', sizeText = '', port = ''] = process.argv.slice(2);
const [wire, size] = [wireName as Wire, Number(sizeText)];
mortal(120_000);

async function rawStream(): Promise<Client> {
  const protocol = protocolOf(wire);
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  const dialogue = dialogueOf(protocol);
  const { decoder } = dialogue;
  const client: Client = {
    onMessage: () => {},
    send: (message) => {
      if (socket.writableLength < ENOUGH) return void socket.write(dialogue.encode(message));
      return new Promise((resolve) => socket.write(dialogue.encode(message), resolve));
    },
    close: () => socket.destroy(),
  };
  const frame = (message: unknown) => {
    if (dialogue.isHeartbeat(message) === false) client.onMessage(message as Message);
  };
  socket.on('data', (chunk) => void decoder.push(chunk, { frame }));
  await new Promise((resolve) => socket.once('connect', resolve));
  return client;
}

async function rawWebSocket(): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const client: Client = {
    onMessage: () => {},
    send: (message) => {
      if (socket.bufferedAmount < ENOUGH) return void socket.send(message);
      return new Promise((resolve) => socket.send(message, resolve));
    },
    close: () => socket.terminate(),
  };
  socket.on('message', (data: Buffer) => client.onMessage(data));
  await new Promise((resolve) => socket.once('open', resolve));
  return client;
}

async function supervised(): Promise<Client> {
  const supervisor = createSupervisor({ logger: silentLogger });
  const client: Client = {
    onMessage: () => {},
    send: (message) => {
      const receipt = connection.send(message);
      return connection.buffered.bytes < ENOUGH ? undefined : receipt;
    },
    close: () => void supervisor.stop(),
  };
  const connection = supervisor.connect<Message>({
    url: `${wire === 'websocket' ? 'ws' : 'tcp'}://127.0.0.1:${port}`,
    protocol: protocolOf(wire),
    outbox: { messages: 100_000 },
    onMessage: (message) => client.onMessage(message),
  });
  await connection.ready();
  return client;
}

/** Resolves with the next message, or the one that makes them `count`. */
function received(client: Client, count = 1): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    client.onMessage = () => {
      if (--left === 0) resolve();
    };
  });
}

async function send(client: Client, count: number): Promise<number> {
  const message = messageFor(wire, wants.sink, size);
  const from = performance.now();
  for (let n = 0; n < count; n++) {
    const full = client.send(message);
    if (full !== undefined) await full;
  }
  const flushed = received(client);
  client.send(messageFor(wire, wants.flush, 1));
  await flushed;
  return (count / (performance.now() - from)) * 1000;
}

async function receive(client: Client, count: number): Promise<number> {
  const from = performance.now();
  const all = received(client, count);
  client.send(messageFor(wire, `${wants.flood}${count}`, Math.max(size, 20)));
  await all;
  return (count / (performance.now() - from)) * 1000;
}

async function roundTrips(client: Client, count: number): Promise<number[]> {
  const message = messageFor(wire, wants.echo, size);
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const from = performance.now();
    const back = received(client);
    client.send(message);
    await back;
    times.push((performance.now() - from) * 1000);
  }
  return times;
}

/** What was measured of one client, a value for each round, and one for each round trip. */
class Record {
  readonly client: Client;
  readonly #sent: number[] = [];
  readonly #received: number[] = [];
  readonly #trips: number[] = [];

  constructor(client: Client) {
    this.client = client;
  }

  async stream(count: number): Promise<void> {
    this.#sent.push(await send(this.client, count));
    this.#received.push(await receive(this.client, count));
  }

  async travel(count: number): Promise<void> {
    this.#trips.push(...(await roundTrips(this.client, count)));
  }

  /** Warming up is over. */
  forget(): void {
    if (this.#trips.length > 0) this.#trips.length = 0;
    else this.#sent.length = this.#received.length = 0;
  }

  get figures(): Figures {
    const [sent, received, p50] = [this.#sent, this.#received, this.#trips].map((values) =>
      quantile(values, 0.5),
    );
    return { sent: sent ?? 0, received: received ?? 0, p50: p50 ?? 0, p99: quantile(this.#trips, 0.99) };
  }
}

async function takeTurns(records: Record[], turn: (one: Record) => Promise<void>): Promise<void> {
  for (let n = 0; n < warmUps + rounds; n++) {
    if (n === warmUps) for (const record of records) record.forget();
    for (const record of n % 2 === 0 ? records : records.toReversed()) await turn(record);
  }
}

async function run(): Promise<Throughput> {
  const raw = new Record(wire === 'websocket' ? await rawWebSocket() : await rawStream());
  const held = new Record(await supervised());
  // About 30 ms of sending, and long enough to fill the kernel's buffers.
  const count = sized(Math.round(Math.min(10_000, 2e7 / size)), 500);
  const trips = sized(size > 10_000 ? 200 : 300, 50);
  await takeTurns([raw, held], (one) => one.stream(count));
  // After all streams, or round trips would meet what the collector still has to do for those.
  await takeTurns([raw, held], (one) => one.travel(trips));
  for (const { client } of [raw, held]) client.close();
  return { raw: raw.figures, supervised: held.figures };
}

process.send?.(await run());
process.disconnect();
