/** A TCP connection between two network namespaces while the cable between them is unplugged. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { worstCaseDetection, worstCaseSuspicion } from '../../src/policy/detection.ts';
import { Watch } from '../support/watch.ts';
import { addresses, Cable, type End } from './namespaces.ts';
import { networkTest, why } from './network-test.ts';
import { type Sighting, swift } from './sighting.ts';

/** What a busy machine adds to each time, in milliseconds. */
const slack = 500;
const limits = { ...swift.heartbeat, write: null };
const { deadlines, reconnect } = swift;
/** The last attempt that the outage can swallow, its backoff, and the attempt that gets through. */
const backWithin = deadlines.connect + reconnect.backoff.cap + deadlines.connect + deadlines.handshake;

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

class Client extends Watch {
  readonly #sightings: Sighting[] = [];

  constructor(child: ChildProcess) {
    super();
    child.on('message', (sighting: Sighting) => {
      this.#sightings.push(sighting);
      this.happened();
    });
  }

  /** The first such state after a time. */
  async reached(state: string, after: number): Promise<Sighting> {
    const find = () =>
      this.#sightings.find(({ at, event }) => at >= after && event.event === 'state' && event.to === state);
    await this.until(() => find() !== undefined);
    return find() as Sighting;
  }
}

networkTest.each<End>(['near', 'far'])(
  `network: a connection whose cable is unplugged at the %s end is suspected and condemned within the worst case, and returns once it is plugged in${why}`,
  async (end) => {
    const cable = new Cable();
    onTestFinished(() => cable.dispose());
    const [port] = await once(
      cable.run('far', fileOf('../fixtures/line-server.mjs'), addresses.far),
      'message',
    );
    const client = new Client(
      cable.run('near', fileOf('client-worker.ts'), `tcp://${addresses.far}:${port}`),
    );
    await client.reached('alive', 0);

    const downAt = Date.now();
    cable.set(end, 'down');
    const suspected = await client.reached('suspect', downAt);
    const condemned = await client.reached('closing', downAt);
    expect(suspected.at - downAt).toBeLessThan(worstCaseSuspicion('probe', limits) + slack);
    expect(condemned.at - downAt).toBeGreaterThan(swift.heartbeat.condemnAfter - swift.heartbeat.interval);
    expect(condemned.at - downAt).toBeLessThan(worstCaseDetection('probe', limits) + slack);
    expect(condemned.event).toMatchObject({ reason: 'heartbeat-timeout' });
    // An attempt while it is down fails too, and is not the last.
    await client.reached('connecting', condemned.at);

    const upAt = Date.now();
    cable.set(end, 'up');
    const back = await client.reached('alive', upAt);
    expect(back.at - upAt).toBeLessThan(backWithin + slack);
  },
);
