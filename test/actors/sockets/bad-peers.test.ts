/** Peers that break the rules: they lose their own connection and no other; memory stays bounded. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { answersLines, type PlainPeer, plainServer, visit } from '../../support/plain-peer.ts';
import { type Supervision, supervision } from '../../support/supervision.ts';
import { later } from '../../transport/peers.ts';
import { wsServer } from '../../transport/websocket-peers.ts';

const MIB = 1024 * 1024;

type Row = [what: string, protocol: string, bytes: () => string | Uint8Array, reason: string];

const rows: Row[] = [
  ['10 MB without a newline', 'line', () => Buffer.alloc(10e6, 'x'), 'message-too-big'],
  ['a frame header of 4 GB', 'framed', () => Buffer.from('0002ffffffff', 'hex'), 'message-too-big'],
  ['a frame of no known type', 'framed', () => Buffer.from('0003', 'hex'), 'protocol-error'],
  ['invalid UTF-8', 'line', () => Buffer.from([0xc3, 0x28, 0x0a]), 'protocol-error'],
];

/** What our side read, and what it keeps outside the heap, when it gives its verdict. */
interface Verdict {
  readonly kept: number;
  readonly read: number;
}

/** Another connection of the same supervisor, which must not notice. */
async function bystander({ supervisor }: Supervision) {
  const server = await plainServer(answersLines);
  const connection = supervisor.connect({ id: 'bystander', url: server.url });
  await connection.ready();
  return connection;
}

async function misbehave(here: Supervision, peer: PlainPeer, bytes: string | Uint8Array): Promise<Verdict> {
  const before = process.memoryUsage().arrayBuffers;
  peer.write(bytes);
  let kept = 0;
  await here.events.until(() => {
    if (here.events.matching({ to: 'closing' }).length === 0) return false;
    kept = process.memoryUsage().arrayBuffers - before;
    return true;
  });
  await here.events.saw({ to: 'closed' });
  return { kept, read: here.sockets.at(-1)?.bytesReceived ?? Number.NaN };
}

async function expectOnlyThatOneGone(here: Supervision, other: Awaited<ReturnType<typeof bystander>>) {
  await other.send('still here');
  expect(here.events.states({ connection: 'bystander' })).toEqual(['>connecting', 'connecting>alive']);
  expect([...here.supervisor.connections]).toEqual([other]);
  expect(here.reported).toEqual([]);
}

describe.each(rows)('limits: %s', (_what, protocol, bytes, reason) => {
  it('ends the dialled connection it came on, for good', async () => {
    const here = supervision();
    const other = await bystander(here);
    const server = await plainServer(
      (peer) => void peer.until(() => peer.chunks.length > 0).then(() => peer.write('PONG\n')),
    );
    const connection = here.supervisor.connect({ id: 'bad', url: server.url, protocol, onMessage: () => {} });
    await here.events.saw({ connection: 'bad', to: 'alive' });
    const verdict = await misbehave(here, await server.peer(), bytes());
    expect(verdict.read).toBeLessThan(MIB);
    expect(verdict.kept).toBeLessThan(8 * MIB);
    expect(await connection.closed).toMatchObject({ reason, class: 'fatal' });
    await (await server.peer()).closed();
    await expectOnlyThatOneGone(here, other);
  });

  it('ends the accepted connection it came on', async () => {
    const here = supervision();
    const other = await bystander(here);
    const { url } = await here.supervisor.listen({ url: 'tcp://127.0.0.1:0', protocol });
    const peer = await visit(url);
    await here.events.saw({ connection: 'accepted-1', to: 'alive' });
    const verdict = await misbehave(here, peer, bytes());
    expect(verdict.read).toBeLessThan(MIB);
    expect(verdict.kept).toBeLessThan(8 * MIB);
    await here.events.saw({ connection: 'accepted-1', event: 'left', reason });
    await peer.closed();
    await expectOnlyThatOneGone(here, other);
  });
});

describe('limits: a peer that announces much and sends little', () => {
  it('makes us keep what it sent, not what it announced', async () => {
    const here = supervision();
    const { url } = await here.supervisor.listen({ url: 'tcp://127.0.0.1:0', protocol: 'framed' });
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 20; n++) (await visit(url)).write(Buffer.from('000201000000aabb', 'hex'));
    await here.events.until(() => here.events.matching({ to: 'alive' }).length === 20);
    for (const socket of here.sockets) await socket.until(() => socket.bytesReceived === 8);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MIB);
    expect(here.events.matching({ to: 'closing' })).toEqual([]);
  });
});

describe('limits: a character torn across chunks', () => {
  it('arrives whole, and is no error', async () => {
    const here = supervision();
    const received: unknown[] = [];
    const { url } = await here.supervisor.listen<string>({
      url: 'tcp://127.0.0.1:0',
      onMessage: (text) => received.push(text),
    });
    const peer = await visit(url);
    const bytes = Buffer.from('a€😀é\n');
    await here.events.saw({ to: 'alive' });
    for (const [index, byte] of bytes.entries()) {
      peer.write(Buffer.of(byte));
      await here.sockets[0]?.until(() => here.sockets[0]?.bytesReceived === index + 1);
    }
    expect(here.sockets[0]?.chunks).toHaveLength(bytes.length);
    expect(received).toEqual(['a€😀é']);
    expect(here.events.states()).toEqual(['>connecting', 'connecting>alive']);
  });
});

describe('limits: a WebSocket message over the limit', () => {
  const tooLong = Buffer.alloc(16 * MIB + 1);

  it('ends the dialled connection it came on, for good', async () => {
    const here = supervision();
    const other = await bystander(here);
    const { url, reception } = await wsServer();
    const connection = here.supervisor.connect({ id: 'bad', url: url.href });
    await connection.ready();
    const ws = (await reception.next()) as WebSocket;
    ws.send(tooLong);
    expect((await once(ws, 'close'))[0]).toBe(1009);
    expect(await connection.closed).toMatchObject({ reason: 'message-too-big', class: 'fatal' });
    await expectOnlyThatOneGone(here, other);
  });

  it('ends the accepted connection it came on', async () => {
    const here = supervision();
    const other = await bystander(here);
    const { url } = await here.supervisor.listen({ url: 'ws://127.0.0.1:0' });
    const ws = new WebSocket(url);
    later(() => ws.terminate());
    await once(ws, 'open');
    ws.send(tooLong);
    expect((await once(ws, 'close'))[0]).toBe(1009);
    await here.events.saw({ connection: 'accepted-1', event: 'left', reason: 'message-too-big' });
    await expectOnlyThatOneGone(here, other);
  });
});
