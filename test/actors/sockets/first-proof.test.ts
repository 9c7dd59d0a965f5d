/** The first proof of two ends that announce themselves, over real TCP: it waits for no interval. */
import { expect, it } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import { plainServer } from '../../support/plain-peer.ts';
import { supervision } from '../../support/supervision.ts';

const heartbeat = { interval: '1h' } as const;

it('framed: both ends are ready at once, with an interval of an hour', async () => {
  const { supervisor } = supervision({ heartbeat });
  let accepted: Connection | undefined;
  const { url } = await supervisor.listen({
    url: 'tcp://127.0.0.1:0',
    protocol: 'framed',
    onConnection: (connection) => {
      accepted = connection;
    },
  });
  const signal = AbortSignal.timeout(5000);
  await supervisor.connect({ url, protocol: 'framed' }).ready({ signal });
  await accepted?.ready({ signal });
  expect(accepted?.state).toBe('alive');
});

it('framed: the first heartbeat leaves when the socket is open', async () => {
  const { supervisor } = supervision({ heartbeat });
  const server = await plainServer();
  supervisor.connect({ url: server.url, protocol: 'framed' });
  const peer = await server.peer();
  await peer.sawText('\u0000\u0001');
});
