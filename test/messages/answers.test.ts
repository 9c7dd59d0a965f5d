/** Answers to a peer that asks and reads nothing: bounded by number and bytes, on both sides, on every protocol. */
import { describe, expect, test } from 'vitest';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { sizeOf } from '../../src/messages/writer.ts';
import type { Socket, SocketSink, Transport } from '../../src/ports/transport.ts';
import { ControlFrame } from '../../src/ports/websocket-chunk.ts';
import { framed } from '../../src/protocols/framed.ts';
import { line } from '../../src/protocols/line.ts';
import { raw } from '../../src/protocols/raw.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { virtualClock } from '../../src/testing/clock.ts';

/** A transport with one socket, which reports no write until it is told to. */
class StalledWire {
  readonly written: unknown[] = [];
  sink: SocketSink<unknown> | undefined;
  readonly transport: Transport<unknown>;

  constructor(carrier: 'bytes' | 'messages') {
    const open = (sink: SocketSink<unknown>): Socket<unknown> => {
      this.sink = sink;
      queueMicrotask(() => sink.opened());
      return {
        write: (chunk) => void this.written.push(chunk),
        end() {},
        destroy: () => queueMicrotask(() => sink.closed()),
        pause() {},
        resume() {},
      };
    };
    this.transport = {
      name: 'stalled',
      schemes: ['stalled'],
      carrier,
      provedByOpening: true,
      defaultProtocol: 'line',
      check: () => undefined,
      dial: (_target, sink) => open(sink),
      adopt: (_raw, sink) => open(sink),
    };
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const ping = (n: number) => new ControlFrame('ping', bytes(`${n}`.padEnd(125, '.')));
type Kind = [name: string, protocol: unknown, carrier: 'bytes' | 'messages', ask: (n: number) => unknown];

const kinds: Kind[] = [
  ['line', line(), 'bytes', () => bytes('PING\n')],
  ['raw', raw(), 'bytes', () => bytes('ping')],
  ['framed', framed(), 'bytes', () => new Uint8Array([0, 1])],
  ['websocket', websocket(), 'messages', ping],
  ['websocket-text', websocketText({ ping: 'ask', pong: 'answer' }), 'messages', () => 'ask'],
  ['websocket-text, control frames', websocketText({ ping: 'ask', pong: 'answer' }), 'messages', ping],
];

async function connected(side: 'dial' | 'accept', [, protocol, carrier]: Kind) {
  const wire = new StalledWire(carrier);
  const { transport } = wire;
  const clock = virtualClock({ seed: 1 });
  const supervisor = createListeningSupervisor({ transports: [transport], protocols: {}, clock });
  const heartbeat = { mode: 'announce' } as const;
  const given = { transport, protocol: protocol as never, heartbeat };
  if (side === 'dial') supervisor.connect({ ...given, url: 'stalled://peer' });
  else supervisor.accept({}, given);
  await clock.run(10);
  // The first heartbeat.
  for (const _ of wire.written.splice(0)) wire.sink?.written();
  return { wire, clock, stop: () => Promise.all([supervisor.stop(), clock.run(20_000)]) };
}

describe.each(kinds)('limits by cost: pings over %s that are never read back', (...kind) => {
  test.each(['dial', 'accept'] as const)(
    'cost at most 17 answers on the side that has to %s',
    async (side) => {
      const { wire, stop } = await connected(side, kind);
      for (let n = 0; n < 10_000; n++) wire.sink?.received(kind[3](n));
      expect(wire.written.length).toBeLessThanOrEqual(16);
      const answered = wire.written.length;
      for (let reported = 0; reported < 20; reported++) wire.sink?.written();
      expect(wire.written.length).toBe(answered === 0 ? 0 : answered + 1);
      await stop();
    },
  );
});

const overFrames: Kind = ['websocket', websocket(), 'messages', ping];

describe('limits by cost: answers', () => {
  test('the newest of those that found no room goes out when another was written', async () => {
    const { wire, stop } = await connected('accept', overFrames);
    for (let n = 0; n < 100; n++) wire.sink?.received(ping(n));
    wire.sink?.written();
    const texts = wire.written.map((frame) =>
      Number.parseInt(String(Buffer.from((frame as ControlFrame).payload)), 10),
    );
    expect(texts).toEqual([...Array.from({ length: 16 }, (_, n) => n), 99]);
    await stop();
  });

  test('a peer that reads its answers gets every one of them', async () => {
    const { wire, stop } = await connected('accept', overFrames);
    for (let n = 0; n < 1000; n++) {
      wire.sink?.received(ping(n));
      wire.sink?.written();
    }
    expect(wire.written).toHaveLength(1000);
    await stop();
  });

  test('long answers are bounded by their bytes', async () => {
    const long = 'x'.repeat(10_000);
    const { wire, stop } = await connected('accept', ['line', line({ pong: long }), 'bytes', () => '']);
    for (let n = 0; n < 100; n++) wire.sink?.received(bytes('PING\n'));
    expect(wire.written.map(sizeOf)).toEqual([10_001]);
    await stop();
  });
});
