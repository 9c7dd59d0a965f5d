/** Sends over a standard WebSocket follow its `bufferedAmount`; in virtual time, over a link of a given rate. */
import { describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import { createSupervisor } from '../../src/actors/supervisor/supervisor.ts';
import type { PolicyConfig } from '../../src/config/policy.ts';
import { websocketText } from '../../src/protocols/websocket-text.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { webSocketOver } from '../../src/transport/websocket-standard.ts';
import { slowWebSockets } from '../support/slow-websocket.ts';

const MiB = 1024 * 1024;
const MARK = 128 * 1024;

async function alive(policy: PolicyConfig = {}) {
  const clock = virtualClock();
  const { Constructor, sockets } = slowWebSockets();
  const supervisor = createSupervisor({ transports: [webSocketOver(Constructor)], clock, ...policy });
  const events: LifecycleEvent[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  const protocol = websocketText({ ping: 'ping', pong: 'pong' });
  const connection = supervisor.connect({ url: 'ws://peer', protocol });
  await clock.run(10);
  const [ws] = sockets;
  if (ws === undefined || connection.state !== 'alive') throw new Error('not alive');
  /** The peer answers pings; so many bytes leave the buffer each second, in parts of 10 ms. */
  const flow = async (bytesPerSecond: number, ms: number) => {
    for (let passed = 0; passed < ms; passed += 10) {
      ws.drain(Math.ceil(bytesPerSecond / 100));
      const pings = ws.sent.splice(0).filter((sent) => sent === 'ping');
      for (const _ of pings) ws.hear('pong');
      await clock.run(10);
    }
  };
  const ends = () =>
    events.flatMap((event) => (event.event === 'state' && event.to === 'closed' ? [event.reason] : []));
  return { clock, connection, ws, events, ends, flow, supervisor };
}

/** Sends one after the other, as a page does that awaits each; `count` is how many were written. */
function sendAll({ connection }: Awaited<ReturnType<typeof alive>>, messages: readonly string[]) {
  const sent = { count: 0 };
  const run = async () => {
    for (const message of messages) {
      await connection.send(message);
      sent.count++;
    }
  };
  run().catch(() => {});
  return sent;
}

describe('a standard WebSocket', () => {
  test('backpressure: awaited sends proceed as fast as the buffer of the browser empties', async () => {
    const here = await alive();
    const sent = sendAll(here, Array<string>(200).fill('x'.repeat(MiB)));
    await here.flow(MiB, 10_000);
    expect(sent.count).toBeGreaterThanOrEqual(9);
    expect(sent.count).toBeLessThanOrEqual(11);
    expect(here.ws.peak).toBeLessThanOrEqual(MiB + 2 * MARK);
  });

  test('backpressure: what the browser does not take stays in the outbox, which counts it and overflows', async () => {
    const here = await alive({ outbox: { bytes: 4 * MiB } });
    const refused: unknown[] = [];
    for (let count = 0; count < 8; count++) {
      here.connection.send('x'.repeat(MiB)).catch((error) => refused.push(error));
    }
    await here.clock.run(100);
    expect(here.connection.buffered).toEqual({ messages: 5, bytes: 5 * MiB });
    expect(refused).toHaveLength(3);
    expect(here.ws.peak).toBe(MiB);
  });

  test('deadlines.write: a browser that sends nothing ends as write-timeout, by write + condemnAfter', async () => {
    const here = await alive({ deadlines: { write: '500ms' }, heartbeat: { condemnAfter: '500ms' } });
    const sent = sendAll(here, Array<string>(200).fill('x'.repeat(500_000)));
    await here.clock.run(999);
    expect([sent.count, here.connection.state]).toEqual([0, 'suspect']);
    await here.clock.run(2);
    expect(here.ends()).toEqual(['write-timeout']);
  });

  test('deadlines.write: a message that takes longer than the deadline, with progress, ends nothing', async () => {
    const here = await alive();
    const sent = sendAll(here, ['x'.repeat(8 * MiB)]);
    await here.flow(MARK, 60_000);
    expect([sent.count, here.connection.state]).toEqual([0, 'alive']);
    await here.flow(MARK, 10_000);
    expect(sent.count).toBe(1);
    expect(here.events.filter((event) => event.event === 'state' && event.to === 'suspect')).toEqual([]);
  });

  test('deadlines.write: progress ends the suspicion of a stalled write', async () => {
    const here = await alive();
    sendAll(here, ['x'.repeat(MiB)]);
    await here.clock.run(12_000);
    expect(here.connection.state).toBe('suspect');
    here.ws.drain(1);
    await here.clock.run(100);
    expect(here.connection.state).toBe('alive');
  });

  test('close(): waits for the buffer, and sends the close frame behind the last message', async () => {
    const here = await alive();
    sendAll(here, ['x'.repeat(MiB)]);
    await here.flow(MiB, 10);
    const closed = here.connection.close();
    await here.flow(MiB, 500);
    expect(here.ws.readyState).toBe(1);
    await here.flow(MiB, 1000);
    await closed;
    expect(here.ws.readyState).toBe(3);
    expect(here.ends()).toEqual(['closed-by-us']);
  });
});
