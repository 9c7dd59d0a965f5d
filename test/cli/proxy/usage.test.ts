import { once } from 'node:events';
import { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeIo } from '../fake-io.ts';
import { client, loopback, proxying, some, upstreamOn } from './proxying.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const [tcp, ws] = ['tcp://127.0.0.1:9', 'ws://127.0.0.1:9/'];

describe('holdfast proxy refuses', () => {
  test.each<[args: string, expected: RegExp]>([
    [`redis://host ${tcp}`, /url: "redis:\/\/host" .* one of the schemes tcp, tls, unix, ws, wss/],
    [`${loopback} tcp://host:0`, /url: "tcp:\/\/host:0" .* a port from 1 to 65535/],
    [`${loopback} ${tcp} --protocol websocket`, /--protocol: "websocket" .* bytes or line/],
    [`${ws} ${ws} --protocol line`, /--protocol: "line" .* websocket: messages pass as they are/],
    [
      `${loopback} ${tcp} --session`,
      /--session: "auto" .* --session=listen or --session=upstream, as no URL/,
    ],
    [`${ws} ${ws} --session`, /--session: "auto" .* as both URLs are of a WebSocket/],
    [`${loopback} ${ws} --session=both`, /--session: "both" .* listen, upstream, or nothing/],
    [`${loopback} ${ws} --session --on-loss hold`, /--on-loss: "hold" .* close, as a session outlives/],
    [`${loopback} ${tcp} --on-loss keep`, /--on-loss: "keep" .* close or hold/],
    [`${loopback} ${tcp} --keep-for 1m`, /--keep-for: "1m" .* none, as the listening side is no session/],
    [`${ws} ${tcp} --session --keep-for 5`, /--keep-for: "5" .* a duration/],
    [`${ws} ${tcp} --session --listen-token-env NONE`, /--listen-token-env: "NONE" .* variable that is set/],
    [`${loopback} ${tcp} --max-connections none`, /--max-connections: "none" .* a whole number from 1/],
    [`tls://127.0.0.1:0 ${tcp}`, /--listen-cert: undefined .* a PEM file, to serve/],
    [`${loopback} ${tcp} -H X:1`, /--header.* none, as no URL is dialled over a WebSocket/],
  ])('%s', async (args, expected) => {
    const io = new FakeIo();
    expect(await io.run('proxy', ...args.split(' '))).toBe(2);
    expect(io.err).toMatch(expected);
    expect(io.out).toBe('');
  });
});

test('holdfast proxy: an address that is taken is exit code 1', async () => {
  const server = new Server().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const io = new FakeIo();
  expect(await io.run('proxy', `tcp://127.0.0.1:${port}`, tcp)).toBe(1);
  expect(io.err).toMatch(/EADDRINUSE/);
});

test('holdfast proxy: a client beyond --max-connections is dropped', async () => {
  const upstream = await upstreamOn();
  const { port, io } = await proxying(loopback, upstream.url, '--max-connections', '1');
  const first = client(port);
  await upstream.accepted();
  const second = client(port);
  expect((await once(second, 'error'))[0].code).toBe('ECONNRESET');
  expect(await io.line(({ event }) => event === 'limit-reached')).toMatchObject({
    limit: 'connections',
    max: 1,
  });
  expect(first.destroyed).toBe(false);
});

test('holdfast proxy: listens on TLS', async () => {
  const { connect } = await import('node:tls');
  const upstream = await upstreamOn();
  const certificate = ['--listen-cert', fixture('localhost.crt'), '--listen-key', fixture('localhost.key')];
  const { port } = await proxying('tls://127.0.0.1:0', upstream.url, ...certificate);
  const here = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void here.destroy());
  here.on('error', () => {}).write('secret');
  expect(await some(await upstream.accepted(), 6)).toBe('secret');
});

test('holdfast proxy: what is under way is reset at its end, and the exit code is 0', async () => {
  const upstream = await upstreamOn();
  const { port, end } = await proxying(loopback, upstream.url);
  const here = client(port);
  const there = await upstream.accepted();
  here.write('x');
  await some(there, 1);
  const broken = [once(here, 'error'), once(there, 'error')];
  expect(await end()).toBe(0);
  expect((await Promise.all(broken)).map(([error]) => error.code)).toEqual(['ECONNRESET', 'ECONNRESET']);
});
