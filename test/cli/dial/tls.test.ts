/** A private certificate authority, certificates of clients, and their absence, against real servers. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { FakeIo } from '../fake-io.ts';

const path = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const ca = path('localhost.crt');
const key = path('localhost.key');
const certificate = { cert: readFileSync(ca), key: readFileSync(key) };
/** Clients need a certificate that is the same as its own. */
const demanding = { ...certificate, ca: certificate.cert, requestCert: true };

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function wss(options: object): Promise<string> {
  const https = createServer(options);
  const server = new WebSocketServer({ server: https });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    https.closeAllConnections();
  });
  return `wss://localhost:${await portOf(https)}/`;
}

async function tls(options: object): Promise<string> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('PONG\n'));
  });
  return `tls://localhost:${await portOf(server)}`;
}

async function watch(url: string, ...args: string[]) {
  const io = new FakeIo();
  const code = io.run('watch', url, ...args);
  const line = await io.line(({ to }) => to === 'alive' || to === 'closed');
  io.quit$.next('enough');
  await code;
  return `${line.to}${line.reason === undefined ? '' : ` ${line.reason}`}`;
}

test.each([
  ['wss', wss],
  ['tls', tls],
] as const)('holdfast watch over %s', async (_, serve) => {
  const open = await serve(certificate);
  expect(await watch(open)).toBe('closed certificate');
  expect(await watch(open, '--ca', ca)).toBe('alive');
  expect(await watch(open, '-k')).toBe('alive');
  expect(await watch(open, '--ca', ca, '--servername', 'elsewhere.example')).toBe('closed certificate');
  const closed = await serve(demanding);
  expect(await watch(closed, '--ca', ca)).not.toBe('alive');
  expect(await watch(closed, '--ca', ca, '--cert', ca, '--key', key)).toBe('alive');
});

test('holdfast watch takes servername for an address that the certificate does not have', async () => {
  const { port } = new URL(await wss(certificate));
  expect(await watch(`wss://127.0.0.1:${port}/`, '--ca', ca, '--servername', 'localhost')).toBe('alive');
});
