/**
 * The dialling end of the cost part of the sessions bench: `sessions-client.ts <carrier> <plain or session>`. Measures one round when it is
 * told which. An application has the one kind of connection or the other, so each has a process of its own, as have their accepting ends.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createSupervisor, silentLogger } from 'holdfast';
import {
  type Carrier,
  type Kind,
  type Message,
  messageFor,
  plainOf,
  sessionOf,
  stream,
  wants,
} from './sessions-wires.ts';
import { firstMessage, mortal } from './support/processes.ts';
import { quantile } from './support/report.ts';
import { sized } from './support/size.ts';

/** What a round gives: messages per second that the other end has handled, or microseconds of round trips. */
export type Round =
  | { readonly measure: 'sent' | 'received'; readonly value: number }
  | { readonly measure: 'trips'; readonly p50: number; readonly p99: number };

const [carrier = 'framed', kind = 'plain'] = process.argv.slice(2) as [Carrier, Kind];
/** Enough that what a socket takes at once, some thousand, is a part of it. */
const messages = sized(20_000, 300);
/** More than the first ones, in which the caches have what the other kind did. */
const trips = sized(3000, 30);
mortal(300_000);

const peer = fork(fileURLToPath(new URL('./sessions-peer.ts', import.meta.url)), [carrier], {
  execArgv: ['--import', 'tsx'],
});
const urls = await firstMessage<Readonly<Record<Kind, string>>>(peer, 'sessions-peer');
let arrived: (message: Message) => void = () => {};
const spec = { url: urls[kind], onMessage: (message: Message) => arrived(message) };
const supervisor = createSupervisor({ logger: silentLogger });
const connection =
  kind === 'plain'
    ? supervisor.connect({ ...spec, protocol: plainOf(carrier) })
    : supervisor.connect({ ...spec, protocol: sessionOf(carrier) });
const send = (message: Message) => connection.send(message);
await connection.ready();

/** Resolves when that many have come. */
function arrivals(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    arrived = () => {
      if (--left === 0) resolve();
    };
  });
}

const measures = {
  async sent(): Promise<Round> {
    const from = performance.now();
    await stream(send, messages);
    const answered = arrivals(1);
    void send(messageFor(wants.echo));
    await answered;
    return { measure: 'sent', value: (messages / (performance.now() - from)) * 1000 };
  },
  async received(): Promise<Round> {
    const from = performance.now();
    const all = arrivals(messages);
    void send(messageFor(wants.flood, messages));
    await all;
    return { measure: 'received', value: (messages / (performance.now() - from)) * 1000 };
  },
  async trips(): Promise<Round> {
    const times: number[] = [];
    for (let n = 0; n < trips; n++) {
      const from = performance.now();
      const back = arrivals(1);
      void send(messageFor(wants.echo));
      await back;
      times.push((performance.now() - from) * 1000);
    }
    return { measure: 'trips', p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  },
};
export type Measure = keyof typeof measures;

process.on('message', async (measure: Measure) => void process.send?.(await measures[measure]()));
process.send?.('ready');
