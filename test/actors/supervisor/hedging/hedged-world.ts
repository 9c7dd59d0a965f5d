/** A connection with `reconnect.hedge` to two hosts, of which the first one stalls. */
import { flightRecorder } from '../../../../src/actors/incarnation/flight-recorder.ts';
import type { StandbyEvent } from '../../../../src/actors/supervisor/events.ts';
import type { Connection } from '../../../../src/actors/supervisor/handle.ts';
import type { ConnectSpec, SupervisorOptions } from '../../../../src/actors/supervisor/options.ts';
import { lineServer } from '../../../../src/testing/lines.ts';
import { type World, world } from '../../../support/world.ts';

export const hedged = { reconnect: { hedge: true } } as const;

export interface HedgedWorld extends World {
  readonly feed: Connection<string, string>;
  /** Messages that reached a host, as `host: line`. */
  readonly arrived: string[];
  /** States of `feed`, as its subscriber hears them. */
  readonly heard: string[];
  /** What became of standbys, as `number to`. */
  standbys(): string[];
}

export function hedgedWorld(
  spec: Partial<ConnectSpec<string, string>> = {},
  options: Partial<SupervisorOptions> & { seed?: number } = {},
): HedgedWorld {
  const made = world({ recorder: flightRecorder(), ...hedged, ...options });
  const { network, supervisor, events } = made;
  const arrived: string[] = [];
  for (const host of ['a', 'b'])
    network.serve(
      host,
      lineServer((line, peer) => {
        arrived.push(`${host}: ${line}`);
        peer.write(`${line}\n`);
      }),
    );
  const feed = supervisor.connect<string, string>({
    id: 'feed',
    url: ['memory://a', 'memory://b'],
    protocol: 'line',
    ...spec,
  } as ConnectSpec<string, string>);
  const heard: string[] = [];
  feed.state$.subscribe((state) => heard.push(state));
  const standbys = () =>
    events
      .filter((event) => event.event === 'standby')
      .map(({ standby, to }: StandbyEvent) => `${standby} ${to}`);
  return { ...made, feed, arrived, heard, standbys };
}

/** Runs until the standby is dialled. */
export async function untilDialled({ clock, standbys }: HedgedWorld, n = 1): Promise<void> {
  for (let ms = 0; ms < 60_000; ms++) {
    if (standbys().filter((each) => each.endsWith('dialled')).length >= n) return;
    await clock.run(1);
  }
  throw new Error('no standby was dialled within a minute');
}
