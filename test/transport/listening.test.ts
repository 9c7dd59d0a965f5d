import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { startListening } from '../../src/transport/listening.ts';
import { later, Reception } from './peers.ts';

it('listener: a failed accept is reported, and listening goes on', async () => {
  const server = createServer();
  later(() => server.close());
  const reception = new Reception();
  await startListening(server, { host: '127.0.0.1', port: 0 }, reception);
  const exhausted = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
  server.emit('error', exhausted);
  expect(reception.errors).toEqual([exhausted]);
  expect(server.listening).toBe(true);
});
