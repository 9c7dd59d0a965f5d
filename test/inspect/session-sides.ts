/** Both sides of a session on a simulated network, with flight recorders. */
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import { framed } from '../../src/protocols/framed.ts';
import { session } from '../../src/sessions/both.ts';
import { infoOf, sessionWorld } from '../sessions/world.ts';
import { later } from '../transport/peers.ts';

/** Two supervisors: `feed` dials a server whose application handles nothing until `release`. */
export async function sessionSides() {
  const world = sessionWorld();
  const { clock, network } = world;
  const supervisorOf = () =>
    createListeningSupervisor({
      transports: [network.transport],
      clock,
      logger: silentLogger,
      recorder: flightRecorder({ entries: 512 }),
      heartbeat: { interval: '10s', condemnAfter: '10s' },
      reconnect: { backoff: { base: 1000, cap: 1000, jitter: 'none' } },
    });
  const [server, client] = [supervisorOf(), supervisorOf()];
  later(() => {
    server.actor.stop();
    client.actor.stop();
  });
  const held: (() => void)[] = [];
  const protocol = session(framed(), {
    plaintext: true,
    keepFor: '1m',
    onSession: (opened) => {
      opened.onMessage = () => new Promise<void>((resolve) => held.push(resolve));
    },
  });
  await server.listen({ url: 'memory://server', protocol });
  const feed = client.connect({ id: 'feed', url: 'memory://server', protocol: session(framed()) });
  await clock.run(1000);
  for (const text of ['a', 'bc', 'def']) void feed.send(text);
  await clock.run(1000);
  return { clock, network, server, client, feed, held, id: infoOf(feed).id };
}
