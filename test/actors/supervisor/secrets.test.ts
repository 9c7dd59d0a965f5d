/** Texts of peers, platforms and the user's own code, on their way to logs, events, histories and recordings. */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { createListeningSupervisor } from '../../../src/actors/supervisor/listening-supervisor.ts';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import { recordingOf } from '../../../src/inspect/export.ts';
import { printable } from '../../../src/inspect/printable.ts';
import { type Exit, failureOf } from '../../../src/policy/exits.ts';
import { reporting } from '../../../src/presets/reporting.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';
import type { MemoryWebSocketPeer } from '../../../src/testing/network/memory-websocket-peer.ts';
import { memoryWebSockets } from '../../../src/testing/network/memory-websockets.ts';
import { lines } from '../../support/lines.ts';

const SECRET = 'S3CR3T';
const HOSTILE = '\u009b31mRED\u009d0;title\u0007 \u202Eevil\u2066 \u001b[31m';

/** All that a connection with these options leaves outside of the memory of its process. */
async function shown(spec: Partial<ConnectSpec>, accept: (peer: MemoryWebSocketPeer) => void = () => {}) {
  const { lines: logged, logger } = lines('trace');
  const clock = virtualClock({ seed: 1 });
  const sockets = memoryWebSockets(memoryNetwork({ clock }), { wall: () => clock.wall() });
  sockets.serve('h', accept);
  const supervisor = createListeningSupervisor({
    transports: [sockets.transport],
    protocols: { websocket },
    clock,
    logger,
    recorder: flightRecorder(),
    ...reporting({ logger }),
    heartbeat: { interval: null },
    reconnect: { maxAttempts: 1 },
  });
  const events: object[] = [];
  const wire: unknown[] = [];
  supervisor.events$.subscribe((event) => events.push(event));
  supervisor.actor.system.inspect((event) =>
    wire.push(printable('event' in event ? event.event : event.type)),
  );
  const connection = supervisor.connect({ id: 'feed', url: 'ws://h/x', ...spec } as ConnectSpec);
  const texts = () => [
    inspect(connection, { depth: 9 }),
    inspect(supervisor, { depth: 9 }),
    JSON.stringify([connection, supervisor]),
  ];
  const early = texts();
  await clock.run(60_000);
  const recording = recordingOf(supervisor);
  const outside = [
    JSON.stringify([logged, events, wire, connection.history(), recording]),
    ...early,
    ...texts(),
  ].join('\n');
  const ends: Exit[] = [];
  connection.close().then((each) => ends.push(each));
  void supervisor.stop();
  await clock.run(10_000);
  const [exit] = ends;
  return { outside, logged, events, exit };
}

describe('secrets: nothing of it reaches logs, events, histories, recordings, inspectors or util.inspect, of', () => {
  const rejects = (error: unknown) => () => Promise.reject(error);
  const telling = Object.assign(
    new Error(`GET https://u:${SECRET}@auth/x?refresh_token=${SECRET}: ${SECRET}`),
    {
      config: { headers: { authorization: SECRET } },
    },
  );
  test.each<[string, Partial<ConnectSpec>]>([
    ['the user and password of a URL', { url: `ws://${SECRET}:${SECRET}@h/x` }],
    ['a query', { url: `ws://h/x?token=${SECRET}` }],
    ['a bare query', { url: `ws://h/x?${SECRET}==` }],
    ['the id that is made of a URL', { id: undefined as never, url: `ws://${SECRET}@h/x?${SECRET}` }],
    ['headers and subprotocols', { headers: { 'x-auth': SECRET }, protocols: [SECRET] }],
    ['credentials', { credentials: { query: { sig: SECRET }, headers: { authorization: SECRET } } }],
    ['credentials of a function', { credentials: async () => SECRET }],
    ['a URL of a function', { url: async () => `ws://${SECRET}:x@h/x?${SECRET}` }],
    ['the exception of a credentials function', { credentials: rejects(telling) }],
    ['the exception of a URL function', { url: rejects(telling) as never }],
    ['the exception of a headers function', { headers: rejects(new Error('failed', { cause: telling })) }],
    ['a text that a function throws', { protocols: rejects(SECRET) }],
    ['a header that cannot be sent', { headers: async () => ({ 'x-auth': `${SECRET}\n` }) }],
    ['a subprotocol that is none', { protocols: async () => [`${SECRET} x`] }],
    ['a URL with a password that is none', { url: async () => `ws://u:${SECRET}@h o/?${SECRET}` }],
    [
      'an exception of onMessage with its cause and fields',
      { onMessage: rejects(new Error('no', { cause: telling })) },
    ],
  ])('%s', async (_what, spec) => {
    const { outside } = await shown(spec, (peer) => peer.send('hello'));
    expect(outside).not.toContain(SECRET);
    expect(outside).toContain('"to":"connecting"');
  });

  test('a close reason with a URL', async () => {
    const { outside, exit } = await shown({}, (peer) =>
      peer.close(4001, `see https://u:${SECRET}@h/?${SECRET}`),
    );
    expect(outside).not.toContain(SECRET);
    expect(exit?.detail).toBe('see https://***@h/?***');
  });
});

test('secrets: the exit of a failed provider names class and code of the error, which stays in exit.error', async () => {
  const error = Object.assign(new TypeError(SECRET), { cause: { code: 'ECONNREFUSED' } });
  const { exit } = await shown({ credentials: () => Promise.reject(error) });
  expect(exit).toMatchObject({ reason: 'provider-failed', detail: 'credentials: TypeError ECONNREFUSED' });
  expect(exit?.error).toBe(error);
});

test('secrets: an invalid header, subprotocol or credential is refused without being quoted', () => {
  const supervisor = createListeningSupervisor({ transports: [], protocols: { websocket } });
  const specs = [
    { headers: SECRET },
    { headers: { [`x ${SECRET}`]: 'v' } },
    { headers: { a: { SECRET } } },
    { protocols: SECRET },
    { protocols: [`${SECRET} x`] },
    { protocols: [SECRET, SECRET] },
    { credentials: `${SECRET}\n` },
    { credentials: [SECRET] },
    { credentials: { query: SECRET } },
    { credentials: { query: { a: [SECRET] } } },
    { url: `ws://u:${SECRET}@h:99999/` },
    { url: `ws://u:${SECRET}@h o/?${SECRET}` },
  ];
  for (const spec of specs) {
    try {
      supervisor.connect({ id: 'a', url: 'ws://h/x', ...(spec as object) });
      expect.unreachable();
    } catch (error) {
      expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
      expect(error).toMatchObject({ code: 'bad-config' });
    }
  }
});

describe('foreign text: control and format characters stop before logs, events and recordings, in', () => {
  const raw = /[\p{Cc}\p{Cf}]/u;

  test('a close reason', async () => {
    const { outside, exit } = await shown({}, (peer) => peer.close(4001, HOSTILE));
    expect(exit?.detail).toBe('31mRED0;title evil [31m');
    expect(outside.replaceAll('\n', '')).not.toMatch(raw);
  });

  test('an exception of a codec, of 5 MB', async () => {
    const push = () => {
      throw Object.assign(new Error(HOSTILE + 'x'.repeat(5_000_000)), { code: HOSTILE });
    };
    const protocol = withDialogue(websocket(), () => ({ decoder: { midFrame: false, push } }));
    const { outside, exit } = await shown({ protocol } as never, (peer) => peer.send('hello'));
    expect(outside.replaceAll('\n', '')).not.toMatch(raw);
    expect(exit?.reason).toBe('crashed');
    expect(Buffer.byteLength(exit?.detail ?? '')).toBeLessThanOrEqual(2048);
    expect(outside.length).toBeLessThan(100_000);
  });

  test('a violation that a codec reports, with its code', async () => {
    const violation = { reason: 'protocol-error', detail: HOSTILE.repeat(500), code: HOSTILE } as const;
    const decoder = { midFrame: false, push: () => violation };
    const protocol = withDialogue(websocket(), () => ({ decoder }));
    const { outside, exit } = await shown({ protocol } as never, (peer) => peer.send('hello'));
    expect(exit).toMatchObject({ reason: 'protocol-error', code: '31mRED0;title evil [31m' });
    expect(outside.replaceAll('\n', '')).not.toMatch(raw);
    expect(outside.length).toBeLessThan(100_000);
  });
});

test('foreign text: an error of a platform keeps its words', () => {
  const error = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  expect(failureOf(error, 'opening').detail).toBe('connect ECONNREFUSED 127.0.0.1:1');
});
