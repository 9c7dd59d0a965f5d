/** Peers that end one half of a connection, and keep the other open. */
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createWebSocketClass } from '../../../src/presets/websocket-class.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { plainServer } from '../../support/plain-peer.ts';
import { supervision } from '../../support/supervision.ts';
import { later, placeOf } from '../../transport/peers.ts';
import { upgradingPeer } from '../../transport/websocket-peers.ts';

/** Long enough that only `deadlines.close` can end a test in time. */
const patient = { interval: '1m', condemnAfter: '1m' } as const;
const deadlines = { close: '300ms', write: '1m' } as const;

function closeFrame(code: number, reason = ''): Buffer {
  const text = Buffer.from(reason);
  return Buffer.concat([Buffer.from([0x88, 2 + text.length, code >> 8, code & 255]), text]);
}

/** Sends its bytes once the upgrade is done, reads on, and ends nothing by itself. */
function upgraded(then: (socket: Socket) => void): Promise<URL> {
  return upgradingPeer((socket) => {
    socket.resume();
    then(socket);
  });
}

describe('a half-closed end: a close frame without an end of stream', () => {
  const goingAway = (socket: Socket) => void socket.write(closeFrame(1001, 'retry-after=7s'));

  it('counts at once, with its code and hint, and the socket gets deadlines.close', async () => {
    const { supervisor, events } = supervision({ transports: [webSocketOverWs()], protocols: { websocket } });
    const url = String(await upgraded(goingAway));
    const from = performance.now();
    supervisor.connect({ url, heartbeat: patient, deadlines });
    await events.saw({ to: 'closing', reason: 'going-away', code: 1001 });
    expect(performance.now() - from).toBeLessThan(5000);
    await events.saw({ to: 'closed', reason: 'going-away', code: 1001 });
    expect(performance.now() - from).toBeLessThan(5000);
    const scheduled = await events.saw({ event: 'reconnect-scheduled', because: 'hint' });
    expect((scheduled as { delayMs: number }).delayMs).toBeGreaterThanOrEqual(7000);
  });

  it('leaves a message that is sent after it to the next incarnation', async () => {
    const { supervisor, events } = supervision({ transports: [webSocketOverWs()], protocols: { websocket } });
    let visits = 0;
    const frames: Buffer[] = [];
    const url = await upgraded((socket) => {
      if (visits++ === 0) socket.write(closeFrame(1001));
      else socket.on('data', (data) => frames.push(data));
    });
    const reconnect = { backoff: { base: '1ms', cap: '1ms' } } as const;
    const connection = supervisor.connect({ url: String(url), heartbeat: patient, deadlines, reconnect });
    await events.saw({ to: 'closing', reason: 'going-away' });
    expect(await connection.send('later')).toMatchObject({ outcome: 'written' });
    await expect.poll(() => frames.length).toBe(1);
    expect([visits, connection.incarnation]).toEqual([2, 2]);
  });

  it('reaches the close event of the drop-in class with its code', async () => {
    const Client = createWebSocketClass({
      heartbeat: patient,
      deadlines,
      reconnect: { restart: 'temporary' },
    });
    const socket = new Client(String(await upgraded((peer) => void peer.write(closeFrame(4001, 'enough')))));
    const event = await new Promise<{ code: number; reason: string; wasClean: boolean }>((resolve) => {
      socket.onclose = resolve as never;
    });
    expect(event).toMatchObject({ code: 4001, reason: 'enough' });
  });
});

describe('a half-closed end: an end of stream without a close frame', () => {
  it('is cut-off at once, also while our writes make no progress', async () => {
    const { supervisor, events } = supervision({ transports: [webSocketOverWs()], protocols: { websocket } });
    const peers: Socket[] = [];
    const url = await upgradingPeer((socket) => void peers.push(socket.pause()));
    const connection = supervisor.connect({ url: String(url), heartbeat: patient, deadlines });
    await events.saw({ to: 'alive' });
    connection.send(new Uint8Array(1 << 24)).catch(() => {});
    await expect.poll(() => peers.length).toBe(1);
    peers[0]?.end();
    const exit = await events.saw({ to: 'closed' });
    expect(exit).toMatchObject({ reason: 'cut-off', code: 1006 });
  });
});

describe('a half-closed end: a stream that ended while our writes make no progress', () => {
  it('gets deadlines.close, and no deadline of a write', async () => {
    const { supervisor, events } = supervision();
    const server = await plainServer(
      (peer) =>
        void peer.socket.once('data', () => {
          peer.socket.write('PONG\n');
          peer.socket.pause().end();
        }),
      { allowHalfOpen: true },
    );
    const from = performance.now();
    const connection = supervisor.connect({ url: server.url, heartbeat: patient, deadlines });
    connection.send('x'.repeat(60_000)).catch(() => {});
    await events.saw({ to: 'closed', reason: 'closed-by-peer' });
    expect(performance.now() - from).toBeLessThan(5000);
  });
});

describe('half-closed: a late answer after the end of the stream', () => {
  const late = (text: string, connection: { send(message: string): Promise<unknown> }) => {
    setTimeout(() => connection.send(`re ${text}`).catch(() => {}), 50);
  };

  async function ask(url: string): Promise<string> {
    const socket = connect({ ...placeOf(url), allowHalfOpen: true });
    later(() => socket.destroy());
    socket.end('ask\n');
    let heard = '';
    for await (const data of socket) heard += data;
    return heard;
  }

  it('goes out within deadlines.halfClosed, and state is closing meanwhile', async () => {
    const { supervisor, events } = supervision();
    const listener = await supervisor.listen({
      url: 'tcp://127.0.0.1:0',
      deadlines: { halfClosed: '1s' },
      onMessage: (text: string, connection) => late(text, connection),
    });
    const heard = ask(listener.url);
    await events.saw({ to: 'closing', reason: 'closed-by-peer', detail: 'end of stream' });
    expect(await heard).toBe('re ask\n');
  });

  it('may be followed by close(), which ends the grace', async () => {
    const { supervisor } = supervision();
    const listener = await supervisor.listen({
      url: 'tcp://127.0.0.1:0',
      deadlines: { halfClosed: '1m' },
      onMessage: (text: string, connection) =>
        void setTimeout(async () => {
          await connection.send(`re ${text}`);
          await connection.close();
        }, 50),
    });
    expect(await ask(listener.url)).toBe('re ask\n');
  });

  it('has no time by default: the connection ends as soon as accepted messages are sent', async () => {
    const { supervisor } = supervision();
    const listener = await supervisor.listen({
      url: 'tcp://127.0.0.1:0',
      onMessage: (text: string, connection) => void connection.send(`re ${text}`),
    });
    expect(await ask(listener.url)).toBe('re ask\n');
  });
});
