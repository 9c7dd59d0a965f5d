/** A socket that carries nothing more is closed behind its `refused`, which the dialling side reads first. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createSupervisor, framed, Refused, silentLogger, websocket } from '../../../src/index.ts';
import { session } from '../../../src/session.ts';
import { ackFrame, control, type Frame, readFrame } from '../../../src/sessions/wire.ts';
import { tls } from '../../../src/transport/tls.ts';
import { certificate, later } from '../../transport/peers.ts';
import { hello } from '../raw.ts';

async function serve(scheme: 'tcp' | 'tls' | 'ws') {
  // Longer than the test may take.
  const supervisor = createSupervisor({
    logger: silentLogger,
    deadlines: { handshake: '10m', close: '10m' },
  });
  const exits: unknown[] = [];
  supervisor.events$.subscribe(
    (event) => event.event === 'state' && event.to === 'closed' && exits.push(event.reason),
  );
  const listener = await supervisor.listen({
    url: `${scheme}://127.0.0.1:0`,
    ...(scheme === 'tls' && { transport: tls(certificate) }),
    protocol: session(scheme === 'ws' ? websocket() : framed(), {
      identify({ credentials }) {
        if (credentials === 'eve') throw new Refused({ reason: 'unauthorized' });
        return String(credentials);
      },
      maxSessions: { perIdentity: 1 },
      onSession: () => {},
    }),
  });
  later(() => supervisor.stop());
  return { port: Number(new URL(listener.url).port), exits };
}

interface Dialled {
  readonly frames: Frame[];
  readonly closed: Promise<number | undefined>;
  write(frame: Uint8Array): void;
}

function overStream(socket: Socket): Dialled {
  const frames: Frame[] = [];
  const { decoder } = framed().open({} as never);
  socket.on('data', (chunk) =>
    decoder.push(chunk, {
      frame: (frame) => frame instanceof Uint8Array && frames.push(readFrame(frame) as Frame),
    }),
  );
  later(() => socket.destroy());
  const closed = new Promise<undefined>((resolve, reject) => {
    socket.on('end', () => resolve(undefined)).on('error', reject);
  });
  return { frames, closed, write: (frame) => void socket.write(framed().encode(frame)) };
}

function overWebSocket(port: number): Dialled {
  const ws = new WebSocket(`ws://127.0.0.1:${port}`);
  const frames: Frame[] = [];
  ws.on('message', (data) => frames.push(readFrame(new Uint8Array(data as Buffer)) as Frame));
  const opened = new Promise((resolve) => ws.on('open', resolve));
  const closed = new Promise<number>((resolve, reject) => ws.on('close', resolve).on('error', reject));
  later(() => ws.terminate());
  return { frames, closed, write: (frame) => void opened.then(() => ws.send(frame)) };
}

const dials = {
  tcp: (port: number) => overStream(connect(port, '127.0.0.1')),
  tls: (port: number) => overStream(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })),
  ws: overWebSocket,
} as const;
const schemes = ['tcp', 'tls', 'ws'] as const;

test.each(
  schemes.flatMap((scheme) =>
    (
      [
        ['not-yours', 1008, 'unauthorized', { credentials: 'eve' }],
        ['unavailable', 1013, 'going-away', { credentials: 'ann', instance: 'b'.repeat(16) }],
        ['version', 1002, 'protocol-error', { v: 2 }],
      ] as const
    ).map((row) => [scheme, ...row] as const),
  ),
)('%s: a hello refused as %s is answered, and the socket closed (%i)', async (scheme, ...row) => {
  const [reason, code, exit, fields] = row;
  const { port, exits } = await serve(scheme);
  const owner = dials[scheme](port);
  owner.write(control('hello', { ...hello, credentials: 'ann' }));
  await expect.poll(() => owner.frames.length, { interval: 5 }).toBe(1);
  const refused = dials[scheme](port);
  refused.write(control('hello', { ...hello, ...fields }));
  expect(await refused.closed).toBe(scheme === 'ws' ? code : undefined);
  expect(refused.frames).toMatchObject([{ type: 'refused', refused: { reason } }]);
  await expect.poll(() => exits, { interval: 5 }).toEqual([exit]);
});

test.each(schemes)(
  '%s: the socket of a session that another one has is told, and closed (1008)',
  async (scheme) => {
    const { port } = await serve(scheme);
    const older = dials[scheme](port);
    older.write(control('hello', { ...hello, credentials: 'ann' }));
    await expect.poll(() => older.frames.length, { interval: 5 }).toBe(1);
    older.write(ackFrame(0));
    const [welcome] = older.frames;
    if (welcome?.type !== 'welcome') throw new Error('no welcome');
    const newer = dials[scheme](port);
    const { session: id, epoch } = welcome.welcome;
    newer.write(control('hello', { ...hello, credentials: 'ann', attempt: 2, session: id, epoch }));
    expect(await older.closed).toBe(scheme === 'ws' ? 1008 : undefined);
    expect(older.frames.at(-1)).toMatchObject({ type: 'refused', refused: { reason: 'replaced' } });
  },
);
