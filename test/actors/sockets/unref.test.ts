/** A program ends while a supervisor with `unref` has a socket or waits, and stays for one without. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createSupervisor as createPageSupervisor } from '../../../src/presets/browser.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { systemClock } from '../../../src/time/clock.ts';
import { later, serving } from '../../transport/peers.ts';

const worker = fileURLToPath(new URL('unref-worker.ts', import.meta.url));

/** Lines of its output, and its exit. */
function run(url: string, options: object) {
  const env = { ...process.env, HOLDFAST_LOG: 'silent' };
  const child = spawn(process.execPath, ['--import', 'tsx', worker, url, JSON.stringify(options)], { env });
  later(() => child.kill('SIGKILL'));
  const exit = once(child, 'exit').then(([code]) => code);
  let output = '';
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      child.stdout.on('data', (data) => {
        output += data;
        if (output.includes(text)) resolve();
      });
    });
  return { exit, said, output: () => output.trim() };
}

async function lines(host: string) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).on('data', (data) => String(data) === 'PING\n' && socket.write('PONG\n'));
  });
  await serving(server, { host, port: 0 });
  const { port } = server.address() as AddressInfo;
  return { port, tell: () => sockets[0]?.write('hello\n') };
}

async function webSockets() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  later(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const servers = {
  'a TCP socket': async () => `tcp://127.0.0.1:${(await lines('127.0.0.1')).port}`,
  'a TCP socket to a name': async () => `tcp://localhost:${(await lines('localhost')).port}`,
  'a WebSocket': async () => `ws://127.0.0.1:${await webSockets()}`,
  'a WebSocket to a name': async () => `ws://localhost:${await webSockets()}`,
};

test.each(Object.entries(servers))('unref: a program ends with %s open', async (_, serve) => {
  const program = run(await serve(), { unref: true });
  await program.said('alive');
  expect(await program.exit).toBe(0);
  expect(program.output()).toBe('alive');
});

test('unref: a program ends while a connection waits for its next attempt', async () => {
  const program = run('tcp://127.0.0.1:9', { unref: true });
  await program.said('closed');
  expect([await program.exit, program.output()]).toEqual([0, 'closed']);
});

test('unref: without it the same program stays, and hears the peer', async () => {
  const server = await lines('127.0.0.1');
  const program = run(`tcp://127.0.0.1:${server.port}`, {});
  await program.said('alive');
  const heard = program.said('heard');
  server.tell();
  await heard;
  expect(await program.exit).toBe(0);
});

test('unref: the half for browsers has no such option, and says so', () => {
  expect(() => createPageSupervisor({ unref: true } as never)).toThrow('unref: true is not valid');
});

test('unref: beside a clock of the program it is refused by name', () => {
  expect(() => createSupervisor({ unref: true, clock: systemClock })).toThrow('unref: true is not valid');
});
