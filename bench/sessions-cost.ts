/**
 * One run of the cost part of the sessions bench: `sessions-cost.ts <carrier>`. A connection with a session and one without take turns in short
 * rounds with the same loops, so that what the machine does besides meets both.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createSupervisor, silentLogger } from 'holdfast';
import {
  type Carrier,
  type Kind,
  kinds,
  type Message,
  messageFor,
  plainOf,
  type Send,
  sessionOf,
  stream,
  wants,
} from './sessions-wires.ts';
import { firstMessage, mortal } from './support/processes.ts';
import { quantile } from './support/report.ts';
import { sized } from './support/size.ts';

export interface Figures {
  /** Messages per second, handled at the other end. */
  readonly sent: number;
  readonly received: number;
  /** Round trips, in microseconds. */
  readonly p50: number;
  readonly p99: number;
}
export type Cost = Readonly<Record<Kind, Figures>>;

interface Client {
  readonly send: Send;
  onMessage: (message: Message) => void;
}

const carrier = (process.argv[2] ?? 'framed') as Carrier;
const warmUps = sized(5, 1);
const rounds = sized(20, 2);
const messages = sized(3000, 300);
const trips = sized(300, 30);
mortal(300_000);

const peer = fork(fileURLToPath(new URL('./sessions-peer.ts', import.meta.url)), [carrier], {
  execArgv: ['--import', 'tsx'],
});
const urls = await firstMessage<Readonly<Record<Kind, string>>>(peer, 'sessions-peer');
const supervisor = createSupervisor({ logger: silentLogger });

async function clientOf(kind: Kind): Promise<Client> {
  const spec = {
    url: urls[kind],
    onMessage: (message: Message) => client.onMessage(message),
  };
  const connection =
    kind === 'plain'
      ? supervisor.connect({ ...spec, protocol: plainOf(carrier) })
      : supervisor.connect({ ...spec, protocol: sessionOf(carrier) });
  const client: Client = { onMessage: () => {}, send: (message) => connection.send(message) };
  await connection.ready();
  return client;
}

/** Resolves when that many have come. */
function arrivals(client: Client, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    client.onMessage = () => {
      if (--left === 0) resolve();
    };
  });
}

async function sentPerSecond(client: Client): Promise<number> {
  const from = performance.now();
  await stream(client.send, messages);
  const answered = arrivals(client, 1);
  void client.send(messageFor(wants.echo));
  await answered;
  return (messages / (performance.now() - from)) * 1000;
}

async function receivedPerSecond(client: Client): Promise<number> {
  const from = performance.now();
  const all = arrivals(client, messages);
  void client.send(messageFor(wants.flood, messages));
  await all;
  return (messages / (performance.now() - from)) * 1000;
}

async function roundTrips(client: Client): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < trips; n++) {
    const from = performance.now();
    const back = arrivals(client, 1);
    void client.send(messageFor(wants.echo));
    await back;
    times.push((performance.now() - from) * 1000);
  }
  return times;
}

/** What is measured of each, a value for each round, warm-ups left out. */
async function inTurns<Value>(measure: (client: Client) => Promise<Value>): Promise<Record<Kind, Value[]>> {
  const values: Record<Kind, Value[]> = { plain: [], session: [] };
  for (let n = 0; n < warmUps + rounds; n++)
    for (const kind of n % 2 === 0 ? kinds : kinds.toReversed()) {
      const value = await measure(clients[kind]);
      if (n >= warmUps) values[kind].push(value);
    }
  return values;
}

const clients: Record<Kind, Client> = {
  plain: await clientOf('plain'),
  session: await clientOf('session'),
};
const sent = await inTurns(sentPerSecond);
const received = await inTurns(receivedPerSecond);
const travelled = await inTurns(roundTrips);
const figures = (kind: Kind): Figures => ({
  sent: quantile(sent[kind], 0.5),
  received: quantile(received[kind], 0.5),
  p50: quantile(travelled[kind].flat(), 0.5),
  p99: quantile(travelled[kind].flat(), 0.99),
});
const cost: Cost = { plain: figures('plain'), session: figures('session') };
peer.kill();
if (process.send === undefined) {
  console.log(cost);
  process.exit(0);
}
process.send(cost, () => process.exit(0));
