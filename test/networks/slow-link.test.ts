/** A long message over a slow uplink, between network namespaces. Takes the minute that the link needs for the bytes. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import type { StateEvent } from '../../src/actors/supervisor/events.ts';
import { addresses, Cable } from './namespaces.ts';
import { networkTest, why } from './network-test.ts';
import type { Sighting } from './sighting.ts';

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bytes = 400_000;

networkTest(
  `slow link: a message of 400 kB over an uplink of 64 kbit/s arrives once, in one incarnation${why}`,
  { timeout: 150_000 },
  async () => {
    const cable = new Cable();
    onTestFinished(() => cable.dispose());
    cable.shape('near', 'tbf', 'rate', '64kbit', 'burst', '4kb', 'latency', '400ms');
    const server = cable.run('far', fileOf('../fixtures/line-sink.mjs'), addresses.far);
    const [port] = await once(server, 'message');
    const lengths: number[] = [];
    server.on('message', (length) => lengths.push(Number(length)));
    const startAt = Date.now();
    const url = `tcp://${addresses.far}:${port}`;
    const client = cable.run('near', fileOf('slow-link-worker.ts'), url, String(bytes));
    const states: StateEvent[] = [];
    const fate = await new Promise((resolve) =>
      client.on('message', (message: Sighting | { outcome: string }) => {
        if ('outcome' in message) resolve(message);
        else if (message.event.event === 'state') states.push(message.event);
      }),
    );
    // The link was as slow as it should be.
    expect(Date.now() - startAt).toBeGreaterThan(bytes / 8);
    // Suspected for a while it may be.
    expect(states.filter(({ to, incarnation }) => to === 'closing' || incarnation > 1)).toEqual([]);
    expect(fate).toEqual({ outcome: 'written', confirmation: 'confirmed' });
    expect(lengths).toEqual([bytes]);
  },
);
