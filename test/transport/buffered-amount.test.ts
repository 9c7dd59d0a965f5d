/** What a standard WebSocket reports of its `bufferedAmount`, in virtual time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../src/testing/clock.ts';
import { webSocketOver } from '../../src/transport/websocket-standard.ts';
import { type Keeping, slowWebSockets } from '../support/slow-websocket.ts';
import { RecordingSink } from './recording-sink.ts';

const MARK = 128 * 1024;

class ProgressSink extends RecordingSink<string | Uint8Array> {
  progress = 0;

  progressed(): void {
    this.progress++;
  }
}

async function opened(keeping?: Keeping) {
  const { Constructor, sockets } = slowWebSockets(keeping);
  const clock = virtualClock();
  const sink = new ProgressSink();
  const socket = webSocketOver(Constructor).dial({ url: new URL('ws://peer') }, sink as never, clock);
  await clock.settle();
  const [ws] = sockets;
  if (ws === undefined) throw new Error('not dialled');
  const write = async (bytes: number) => {
    socket.write('x'.repeat(bytes), false);
    await Promise.resolve();
  };
  return { ws, clock, sink, socket, write, written: () => sink.count('written') };
}

describe('a standard WebSocket that maintains bufferedAmount', () => {
  it('bufferedAmount: written follows at once up to 128 KiB, and no timer runs', async () => {
    const { clock, write, written } = await opened();
    await write(MARK / 2);
    await write(MARK / 2);
    expect(written()).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('bufferedAmount: above 128 KiB, written follows when it has fallen that far', async () => {
    const { ws, clock, write, written } = await opened();
    await write(MARK);
    await write(1);
    await write(1);
    ws.drain(1);
    await clock.run(10_000);
    expect(written()).toBe(1);
    ws.drain(1);
    await clock.run(64);
    expect(written()).toBe(3);
    expect(clock.pending).toBe(0);
  });

  it('bufferedAmount: what has left is noticed at once after progress, and 64 ms later at most', async () => {
    const { ws, clock, write, written } = await opened();
    await write(2 * MARK);
    await clock.run(0);
    ws.drain(MARK);
    await clock.run(1);
    expect(written()).toBe(1);
    await write(2 * MARK);
    await clock.run(60_000);
    ws.drain();
    await clock.run(64);
    expect(written()).toBe(2);
  });

  it('bufferedAmount: a message of the peer, and each write, looks at it', async () => {
    const { ws, clock, sink, write, written } = await opened();
    await write(2 * MARK);
    await clock.run(60_000);
    ws.drain();
    ws.hear('pong');
    expect(sink.calls).toEqual(['opened', 'written', 'received']);
    await write(2 * MARK);
    await clock.run(60_000);
    ws.drain();
    await write(1);
    expect(written()).toBe(3);
  });

  it('bufferedAmount: a part of a message that leaves is progress', async () => {
    const { ws, clock, sink, write, written } = await opened();
    await write(10 * MARK);
    await clock.run(1000);
    expect(sink.progress).toBe(0);
    for (let part = 1; part < 9; part++) {
      ws.drain(MARK);
      await clock.run(1000);
      expect([sink.progress, written()]).toEqual([part, 0]);
    }
    ws.drain(MARK);
    await clock.run(1000);
    expect(written()).toBe(1);
  });

  it.each(['zero', 'nothing'] as const)(
    'bufferedAmount that is %s: written follows at once',
    async (keeping) => {
      const { clock, write, written } = await opened(keeping);
      for (let count = 1; count <= 10; count++) {
        await write(MARK);
        expect(written()).toBe(count);
      }
      expect(clock.pending).toBe(0);
    },
  );

  it.each(['destroy', 'end'] as const)('bufferedAmount: after %s() nothing is polled', async (how) => {
    const { clock, sink, socket, write } = await opened();
    await write(2 * MARK);
    await clock.run(1000);
    expect(clock.pending).toBe(1);
    socket[how]();
    await clock.settle();
    expect(clock.pending).toBe(0);
    expect(sink.calls.at(-1)).toBe('closed');
  });

  it('bufferedAmount: each write is reported once, in order, and none above the mark (property)', async () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 2 * MARK }) }),
      fc.record({ drain: fc.integer({ min: 1, max: 2 * MARK }) }),
      fc.record({ pass: fc.integer({ min: 0, max: 200 }) }),
      fc.constant({ hear: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { ws, clock, write, written } = await opened();
        let writes = 0;
        for (const each of steps) {
          const before = written();
          if ('write' in each) {
            await write(each.write);
            writes++;
          } else if ('drain' in each) ws.drain(each.drain);
          else if ('pass' in each) await clock.run(each.pass);
          else ws.hear('x');
          if (written() > before) expect(ws.bufferedAmount).toBeLessThanOrEqual(MARK);
          expect(written()).toBeLessThanOrEqual(writes);
        }
        ws.drain();
        await clock.run(64);
        expect(written()).toBe(writes);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
