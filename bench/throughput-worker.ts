/**
 * One run of the throughput bench: `throughput-worker.ts <wire> <raw|supervised> <size> <port>`. Either
 * kind of client offers the same three calls, so the loops that are timed are the same.
 */
import { connect } from 'node:net';
import { createSupervisor, silentLogger } from 'holdfast';
import { WebSocket } from 'ws';
import { mortal } from './support/processes.ts';
import { quantile } from './support/report.ts';
import { messageFor, protocolOf, type Wire, wants } from './throughput-wires.ts';

type Message = string | Uint8Array;

export interface Throughput {
  /** Messages per second. */
  readonly sent: number;
  readonly received: number;
  /** Round trips, in microseconds. */
  readonly p50: number;
  readonly p99: number;
}

interface Client {
  onMessage: (message: Message) => void;
  /** Returns what to wait for before more is sent, when enough is under way. */
  send(message: Message): Promise<unknown> | undefined;
  close(): void;
}

/** Bytes under way before a sender waits: the same for all. */
const ENOUGH = 256 * 1024;
const [wireName = '', kind = '', sizeText = '', port = ''] = process.argv.slice(2);
const [wire, size] = [wireName as Wire, Number(sizeText)];
mortal(120_000);

async function rawStream(): Promise<Client> {
  const protocol = protocolOf(wire);
  const socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
  const decoder = protocol.decoder();
  const client: Client = {
    onMessage: () => {},
    send: (message) => {
      if (socket.writableLength < ENOUGH) return void socket.write(protocol.encode(message));
      return new Promise((resolve) => socket.write(protocol.encode(message), resolve));
    },
    close: () => socket.destroy(),
  };
  const frame = (message: unknown) => {
    if (protocol.isHeartbeat(message) === false) client.onMessage(message as Message);
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

async function run(): Promise<Throughput> {
  const client = await (kind === 'supervised'
    ? supervised()
    : wire === 'websocket'
      ? rawWebSocket()
      : rawStream());
  const count = Math.round(Math.min(150_000, 4e8 / size));
  const trips = size > 10_000 ? 3000 : 10_000;
  const some = Math.round(count / 5);
  await send(client, some);
  const sent = await send(client, count);
  await receive(client, some);
  const received = await receive(client, count);
  await roundTrips(client, trips / 5);
  const measured = await roundTrips(client, trips);
  client.close();
  return { sent, received, p50: quantile(measured, 0.5), p99: quantile(measured, 0.99) };
}

process.send?.(await run());
process.disconnect();
