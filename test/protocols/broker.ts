/** A scripted broker on a simulated network, and a connection to it under a supervisor. */
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { world } from '../support/world.ts';

export interface Broker {
  /** What it says first. */
  readonly greeting?: string;
  /** What it says to a chunk, which is latin1 text here. */
  answer?(text: string): string | Uint8Array | undefined;
  /** What it says by itself, every so many milliseconds. */
  readonly says?: readonly [what: string | Uint8Array, every: number];
}

export function supervised<In, Out, Info>(
  broker: Broker,
  spec: Omit<ConnectSpec<In, Out, Info>, 'id' | 'url'>,
) {
  const here = world();
  const { clock, network, supervisor } = here;
  const heard: { readonly at: number; readonly text: string }[] = [];
  const ends: number[] = [];
  let write: ((data: string | Uint8Array) => void) | undefined;
  network.serve('broker', (peer) => {
    write = (data) => peer.write(data);
    if (broker.greeting !== undefined) peer.write(broker.greeting);
    peer.onData = (chunk) => {
      const text = Buffer.from(chunk).toString('latin1');
      heard.push({ at: clock.scheduler.now(), text });
      const answer = broker.answer?.(text);
      if (answer !== undefined) peer.write(answer);
    };
    peer.onEnd = () => {
      ends.push(clock.scheduler.now());
      peer.end();
    };
    let over = false;
    peer.onClose = () => {
      over = true;
    };
    const { says: [what, every] = ['', 0] } = broker;
    const say = () => {
      if (over) return;
      peer.write(what);
      clock.scheduler.schedule(say, every);
    };
    if (every > 0) clock.scheduler.schedule(say, every);
  });
  const connection = supervisor.connect({ ...spec, id: 'c', url: 'memory://broker' } as ConnectSpec<
    In,
    Out,
    Info
  >);
  return { ...here, here, connection, heard, ends, say: (data: string | Uint8Array) => write?.(data) };
}

/** The longest time, in milliseconds, between two of these moments. */
export function longestGap(moments: readonly { readonly at: number }[]): number {
  return Math.max(...moments.slice(1).map(({ at }, index) => at - (moments[index]?.at ?? 0)));
}
