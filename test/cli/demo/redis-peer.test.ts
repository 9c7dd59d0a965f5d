import { createClient } from 'redis';
import { expect, onTestFinished, test } from 'vitest';
import { Service } from '../../../src/cli/demo/service.ts';

test('demo: the client of Redis that people use takes the peer for a server', async () => {
  const service = new Service('redis');
  await service.up();
  onTestFinished(() => service.down());
  const client = createClient({ url: service.url, RESP: 3, disableClientInfo: true });
  client.on('error', () => {});
  await client.connect();
  expect(await client.ping()).toBe('PONG');
  expect(await client.ping('7')).toBe('7');
  await client.subscribe('redis-1', () => {});
  expect(service.peer('redis-1')).toBeDefined();
  await expect(client.sendCommand(['FLUSHALL'])).rejects.toThrow("unknown command 'FLUSHALL'");
  client.destroy();
});
