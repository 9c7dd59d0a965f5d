/** The state `handshaking`: which events prove the peer. */
import { expect, test } from 'vitest';
import { expectNothingLeft, world } from '../../support/world.ts';

test('handshaking: the first byte proves the peer also after the heartbeat mode was replaced', async () => {
  const here = world();
  const { supervisor, network, clock } = here;
  network.serve('feed', (peer) => {
    peer.onData = () => clock.scheduler.schedule(() => peer.write('hello\n'), 2000);
  });
  const connection = supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await clock.run(1000);
  expect(connection.state).toBe('connecting');
  connection.configure({ heartbeat: { mode: 'announce' } });
  await clock.run(2000);
  expect(connection.state).toBe('alive');
  await connection.ready();
  await expectNothingLeft(here);
});
