/** Large messages on real sockets: in slices, whole at the other end, and condemned when the peer takes none of them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';

const MiB = 2 ** 20;
const policy = {
  heartbeat: { interval: 500, condemnAfter: 1000, suspectAfter: { min: 100, max: 200 } },
  deadlines: { write: 1000 },
  reconnect: { restart: 'temporary' },
  logger: silentLogger,
} as const;

test.each([
  ['text of surrogate pairs', '😀'.repeat(MiB)],
  ['text', 'x'.repeat(3 * MiB + 1)],
  ['bytes', new Uint8Array(3 * MiB + 1).fill(7)],
])('large writes: a WebSocket message of %s arrives whole', async (_title, message) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  onTestFinished(() => server.close());
  const supervisor = createSupervisor(policy);
  onTestFinished(() => supervisor.stop());
  const arrived = once(server, 'connection').then(([socket]) => once(socket, 'message'));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  supervisor.connect({ url: `ws://127.0.0.1:${port}/` }).send(message);
  const [data, isBinary] = await arrived;
  expect(isBinary).toBe(typeof message !== 'string');
  expect(Buffer.compare(data, Buffer.from(message as string))).toBe(0);
});

test('large writes: a frozen process with 16 MB on their way to it is condemned within the worst case', async () => {
  const { child, port } = await serverProcess();
  const supervisor = createSupervisor(policy);
  onTestFinished(() => supervisor.stop());
  const connection = supervisor.connect({ url: `tcp://127.0.0.1:${port}`, protocol: 'line' });
  await connection.ready();
  const exit = connection.closed;
  child.kill('SIGSTOP');
  const frozenAt = performance.now();
  for (let i = 0; i < 260; i++) connection.send('x'.repeat(60_000));
  await expect(exit).resolves.toMatchObject({ reason: expect.stringMatching(/^(write|heartbeat)-timeout$/) });
  expect(performance.now() - frozenAt).toBeLessThan(1000 + 1000 + 2000);
});

async function serverProcess(): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(fileURLToPath(new URL('../../fixtures/line-server.mjs', import.meta.url)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return { child, port };
}
