import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { all, client, loopback, proxying, some, upstreamOn } from './proxying.ts';
import { dialled, messages, webSockets } from './websockets.ts';

const webSocket = 'ws://127.0.0.1:0/';

describe('holdfast proxy from a stream to a WebSocket', () => {
  test('passes each line as a text message, and each message as a line', async () => {
    const { url, accepted } = await webSockets();
    const { port } = await proxying(loopback, url);
    const here = client(port);
    here.write('one\ntw');
    const there = await accepted;
    const got = messages(there, 4);
    here.write('o\r\n\n\xff\n'.concat(''), 'latin1');
    expect(await got).toEqual(['one', 'two', '', Buffer.of(0xff)]);
    there.send('a');
    there.send(Buffer.of(0xfe));
    expect(await some(here, 4)).toBe('a\n\xfe\n');
  });

  test('passes chunks as binary messages with --protocol bytes', async () => {
    const { url, accepted } = await webSockets();
    const { port } = await proxying(loopback, url, '--protocol', 'bytes');
    const here = client(port);
    const there = await accepted;
    const got = messages(there, 1);
    here.write('no line');
    expect(await got).toEqual([Buffer.from('no line')]);
    there.send('te');
    there.send(Buffer.from('xt'));
    expect(await some(here, 4)).toBe('text');
  });

  test('the end of the client closes the WebSocket, whose last messages still arrive', async () => {
    const { url, accepted } = await webSockets();
    const { port, io } = await proxying(loopback, url);
    const here = client(port);
    const there = await accepted;
    there.on('message', (data) => there.send(`echo ${data}`));
    const closed = once(there, 'close');
    here.end('one\nthe rest');
    expect(String(await all(here))).toBe('echo one\necho the rest\n');
    expect((await closed)[0]).toBe(1000);
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({ outcome: 'ended' });
  });

  test('code 1000 of the server is the end of the stream, another one a reset', async () => {
    const { url, accepted } = await webSockets();
    const { port } = await proxying(loopback, url);
    const here = client(port);
    const there = await accepted;
    there.send('last');
    there.close(1000);
    expect(String(await all(here))).toBe('last\n');
    here.end();

    const other = await webSockets();
    const { port: next } = await proxying(loopback, other.url);
    const cut = client(next);
    (await other.accepted).close(1011);
    expect((await once(cut, 'error'))[0].code).toBe('ECONNRESET');
  });

  test('a line that is too long breaks both off', async () => {
    const { url, accepted } = await webSockets();
    const { port, io } = await proxying(loopback, url);
    const here = client(port);
    const there = await accepted;
    const closed = once(there, 'close');
    here.write(Buffer.alloc(1024 * 1024 + 1, 'x'));
    expect((await once(here, 'error'))[0].code).toBe('ECONNRESET');
    expect((await closed)[0]).toBe(1001);
    expect(await io.line(({ event }) => event === 'relayed')).toMatchObject({
      outcome: 'refused',
      detail: 'a line of more than 1048576 bytes',
    });
  });
});

describe('holdfast proxy from a WebSocket', () => {
  test('to a stream passes each message as a line', async () => {
    const upstream = await upstreamOn();
    const { port } = await proxying(webSocket, upstream.url);
    const here = await dialled(port);
    const there = await upstream.accepted();
    here.send('one');
    here.send(Buffer.from('two'));
    expect(await some(there, 8)).toBe('one\ntwo\n');
    const got = messages(here, 2);
    there.write('three\nfour\nno');
    expect(await got).toEqual(['three', 'four']);
    const closed = once(here, 'close');
    const rest = messages(here, 1);
    there.end();
    expect(await rest).toEqual(['no']);
    expect((await closed)[0]).toBe(1000);
  });

  test('to a stream: the lost upstream is close code 1014', async () => {
    const upstream = await upstreamOn();
    const { port } = await proxying(webSocket, upstream.url);
    const here = await dialled(port);
    (await upstream.accepted()).resetAndDestroy();
    expect((await once(here, 'close'))[0]).toBe(1014);
  });

  test('to a WebSocket passes text as text and bytes as bytes', async () => {
    const { url, accepted } = await webSockets();
    const { port } = await proxying(webSocket, url);
    const here = await dialled(port);
    const there = await accepted;
    const got = messages(there, 2);
    here.send('a\nb');
    here.send(Buffer.of(1));
    expect(await got).toEqual(['a\nb', Buffer.of(1)]);
    const answer = messages(here, 1);
    there.send('c');
    expect(await answer).toEqual(['c']);
    const closed = once(there, 'close');
    here.close(1000);
    expect((await closed)[0]).toBe(1000);
  });
});
