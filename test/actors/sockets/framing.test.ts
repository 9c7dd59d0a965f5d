/** Heartbeats `00 01` among business frames that contain them, cut everywhere, on a real socket. */
import { describe, expect, it } from 'vitest';
import { type PlainPeer, plainServer, visit } from '../../support/plain-peer.ts';
import { type Supervision, supervision } from '../../support/supervision.ts';
import type { WatchedSocket } from '../../support/watched-transport.ts';

const beat = '0001';
const payloads = ['0001', '', '000100020000000100', 'ff0001', '00', '0001000100010001'];

function frame(payload: string): string {
  return `0002${(payload.length / 2).toString(16).padStart(8, '0')}${payload}`;
}

/** A heartbeat before, between and after, once two of them. */
const stream = Buffer.from(beat + payloads.map((payload) => frame(payload) + beat).join('') + beat, 'hex');

/** Reads what our side wrote, byte by byte, by the letter of the format. */
function unframe(bytes: Buffer): { messages: string[]; beats: number } {
  const messages: string[] = [];
  let beats = 0;
  for (let at = 0; at + 2 <= bytes.length; ) {
    if (bytes.readUInt16BE(at) === 1) {
      beats++;
      at += 2;
      continue;
    }
    expect(bytes.readUInt16BE(at)).toBe(2);
    if (at + 6 > bytes.length) break;
    const end = at + 6 + bytes.readUInt32BE(at + 2);
    if (end > bytes.length) break;
    messages.push(bytes.toString('hex', at + 6, end));
    at = end;
  }
  return { messages, beats };
}

/** One side of ours that sends back what it gets, and the plain one opposite. */
interface Pair {
  readonly received: string[];
  readonly peer: PlainPeer;
  readonly socket: WatchedSocket;
}

const heartbeat = { interval: 100, condemnAfter: 10_000 };

async function pairOf({
  peer,
  received,
  sockets,
  events,
}: Supervision & Omit<Pair, 'socket'>): Promise<Pair> {
  peer.socket.setNoDelay(true);
  await events.saw({ to: 'alive' });
  const [socket] = sockets;
  if (socket === undefined) throw new Error('no socket was opened');
  return { peer, received, socket };
}

function echoInto(received: string[]) {
  return (message: Uint8Array, connection: { send(message: Uint8Array): unknown }) => {
    received.push(Buffer.from(message).toString('hex'));
    connection.send(message);
  };
}

async function dialled(): Promise<Pair> {
  const here = supervision({ heartbeat });
  const received: string[] = [];
  const server = await plainServer();
  here.supervisor.connect({ url: server.url, protocol: 'framed', onMessage: echoInto(received) });
  return pairOf({ ...here, received, peer: await server.peer() });
}

async function accepted(): Promise<Pair> {
  const here = supervision({ heartbeat });
  const received: string[] = [];
  const { url } = await here.supervisor.listen({
    url: 'tcp://127.0.0.1:0',
    protocol: 'framed',
    onMessage: echoInto(received),
  });
  return pairOf({ ...here, received, peer: await visit(url) });
}

/** Each part is written once the one before was read, so that it arrives as a chunk of its own. */
async function writeInParts({ peer, socket }: Pair, parts: readonly Buffer[]): Promise<void> {
  for (const part of parts) {
    const expected = socket.bytesReceived + part.length;
    const chunks = socket.chunks.length;
    peer.write(part);
    await socket.until(() => socket.bytesReceived === expected);
    expect(socket.chunks.length).toBe(chunks + 1);
  }
}

function times(count: number): string[] {
  return Array.from({ length: count }, () => payloads).flat();
}

describe.each([
  ['a dialling side', dialled],
  ['an accepting side', accepted],
])('framing: framed, on %s', (_side, open) => {
  it('finds every frame in order, wherever the stream is cut, and sends them back whole', async () => {
    const pair = await open();
    for (let cut = 1; cut < stream.length; cut++) {
      await writeInParts(pair, [stream.subarray(0, cut), stream.subarray(cut)]);
    }
    const all = times(stream.length - 1);
    expect(pair.received).toEqual(all);
    await pair.peer.until(() => unframe(pair.peer.bytes).messages.length >= all.length);
    expect(unframe(pair.peer.bytes).messages).toEqual(all);
  });

  it('finds every frame when each byte comes by itself', async () => {
    const pair = await open();
    await writeInParts(
      pair,
      Array.from(stream, (byte) => Buffer.of(byte)),
    );
    expect(pair.received).toEqual(payloads);
  });

  it('announces itself while a frame of the peer is half read, and between its own', async () => {
    const pair = await open();
    for (let n = 1; n <= 3; n++) {
      const beats = unframe(pair.peer.bytes).beats;
      await writeInParts(pair, [stream.subarray(0, 5)]);
      await pair.peer.until(() => unframe(pair.peer.bytes).beats > beats);
      await writeInParts(pair, [stream.subarray(5)]);
      await pair.peer.until(() => unframe(pair.peer.bytes).messages.length === n * payloads.length);
    }
    expect(pair.received).toEqual(times(3));
    expect(unframe(pair.peer.bytes).messages).toEqual(times(3));
  });
});
