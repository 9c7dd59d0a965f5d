/** `holdfast watch -v`: messages that come in, in lines of JSON and above the table. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { session } from '../../../src/sessions/both.ts';
import type { Session } from '../../../src/sessions/handle.ts';
import { answerPings, tcpPeer } from '../../support/tcp-peer.ts';
import { FakeIo } from '../fake-io.ts';

/** A peer that answers heartbeats, and says something to each connection. */
function speaker(greeting: string): Promise<string> {
  return tcpPeer((socket) => {
    socket.once('data', () => socket.write(`PONG\n${greeting}`));
    answerPings(socket);
  });
}

test('holdfast watch -v: a message is a line of JSON, bounded and printable', async () => {
  const url = await speaker(`hello\n\u001b[2J\u202eevil\n${'x'.repeat(5000)}\n`);
  const io = new FakeIo();
  const code = io.run('watch', '-v', url);
  await io.line(({ size }) => size === 5000);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  const of = { time: expect.any(Number), level: 30, event: 'message', connection: url, url, incarnation: 1 };
  expect(io.lines.filter(({ event }) => event === 'message')).toEqual([
    { ...of, kind: 'text', size: 5, text: 'hello', msg: 'a message of 5 bytes' },
    { ...of, kind: 'text', size: 11, text: '\\u001b[2J\\u202eevil', msg: 'a message of 11 bytes' },
    { ...of, kind: 'text', size: 5000, text: 'x'.repeat(1000), cut: true, msg: 'a message of 5000 bytes' },
  ]);
});

test('holdfast watch: without -v no message is shown', async () => {
  const io = new FakeIo();
  const code = io.run('watch', await speaker('hello\n'), '--interval', '20ms');
  await io.line(({ to }) => to === 'alive');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.out).not.toContain('hello');
});

test('holdfast watch -v: what a second has no room for is counted', async () => {
  const url = await speaker(Array.from({ length: 500 }, (_, n) => `message ${n}\n`).join(''));
  const io = new FakeIo();
  const code = io.run('watch', '-v', url);
  const omitted = await io.line(({ event }) => event === 'messages-omitted');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(omitted).toMatchObject({ connections: 1, msg: /.+/ });
  const shown = io.lines.filter(({ event }) => event === 'message').length;
  const left = io.lines.filter(({ event }) => event === 'messages-omitted');
  expect(shown + left.reduce((sum, { messages }) => sum + Number(messages), 0)).toBe(500);
  expect(shown).toBeLessThanOrEqual(40);
});

test('holdfast watch -v: on a terminal messages are whole lines above the table, and never wider', async () => {
  const url = await speaker(`hello\n${'x'.repeat(200)}\n\u001b[2Jlast\n`);
  const io = new FakeIo({ isTTY: true, columns: 60, rows: 24 });
  const code = io.run('watch', '-v', url);
  await io.wrote('last');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  expect(io.out).not.toContain('\u001b[2J');
  const lines = stripVTControlCharacters(io.out).split(/[\r\n]+/);
  const messages = lines.filter((line) => line.startsWith(`${url} < `));
  expect(messages).toEqual([
    `${url} < hello`,
    `${url} < ${'x'.repeat(56 - url.length)}…`,
    `${url} < \\u001b[2Jlast`,
  ]);
});

test('holdfast watch -v: messages of a session are shown and acknowledged', async () => {
  const confirmed: Promise<unknown>[] = [];
  const greet = (client: Session) => {
    client.onMessage = () => {};
    confirmed.push(client.send('welcome').then((receipt) => receipt.confirmed));
  };
  const supervisor = createSupervisor({ logger: silentLogger });
  const { url } = await supervisor.listen({
    url: 'ws://127.0.0.1:0/',
    protocol: session(websocket(), { onSession: greet }),
  });
  const io = new FakeIo();
  const code = io.run('watch', '-v', url, '--session');
  expect(await io.line(({ event }) => event === 'message')).toMatchObject({ kind: 'text', text: 'welcome' });
  expect(await confirmed[0]).toBe('confirmed');
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
  await supervisor.stop();
});
