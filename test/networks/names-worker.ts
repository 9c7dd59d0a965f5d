/**
 * A supervisor of several URLs: `names-worker.ts URL...`. Sends each lifecycle event with its time; connects to each URL that
 * it is sent, and stops at `stop`. Its resolver, where `resolv.conf` names 127.0.0.1, never answers.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import type { Sighting } from './sighting.ts';

const resolver = createSocket('udp4').bind(53, '127.0.0.1').unref();
await once(resolver, 'listening');
const service = createServer((socket) =>
  socket.on('error', () => {}).on('data', () => socket.write('PONG\n')),
);
service.listen(7000, '127.0.0.1').unref();

const supervisor = createSupervisor({ logger: silentLogger });
supervisor.events$.subscribe((event) => {
  if (process.connected) process.send?.({ at: Date.now(), event } satisfies Sighting);
});
process.on('message', (message) => {
  if (message !== 'stop') return void supervisor.connect({ url: String(message) });
  process.disconnect();
  void supervisor.stop();
});
for (const url of process.argv.slice(2)) supervisor.connect({ url });
