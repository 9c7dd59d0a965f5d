/** Accounting on real sockets, through a proxy that cuts inside of frames, resets and freezes. `SESSIONS=200 MESSAGES=500` for the full size. */
import { expect, test } from 'vitest';
import { createSupervisor, silentLogger } from '../../../src/index.ts';
import { framed } from '../../../src/protocols/framed.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import { session } from '../../../src/sessions/both.ts';
import type { Session } from '../../../src/sessions/handle.ts';
import { textOf } from '../world.ts';
import { cuttingProxy } from './cutting-proxy.ts';

const sessions = Number(process.env.SESSIONS ?? 12);
const messages = Number(process.env.MESSAGES ?? 150);
const seed = Number(process.env.SEED ?? 1);

const policy = {
  logger: silentLogger,
  heartbeat: { interval: '300ms', condemnAfter: '300ms' },
  reconnect: { backoff: { type: 'exponential', base: 10, factor: 2, cap: 200, jitter: 'full' } },
  gate: { enabled: false },
} as const;

test.each([
  ['framed', framed(), 'tcp'],
  ['websocket', websocket(), 'ws'],
] as const)(
  '%s: every message is handled once and in order, on both sides',
  { timeout: 600_000 },
  async (name, beneath, scheme) => {
    const server = createSupervisor(policy);
    const client = createSupervisor(policy);
    const up = new Map<string, string[]>();
    const known = new Map<string, Session>();
    const window = { messages: 32, bytes: 100_000 };
    const listener = await server.listen({
      url: `${scheme}://127.0.0.1:0`,
      protocol: session(beneath, {
        window,
        identify: ({ credentials }) => String(credentials),
        onSession(opened) {
          const got: string[] = [];
          up.set(opened.identity, got);
          known.set(opened.identity, opened);
          let sent = 0;
          opened.onMessage = async (message) => {
            got.push(textOf(message));
            // One message back for each; every tenth handler takes its time.
            if (got.length % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
            await opened.send(`down ${sent++} ${'y'.repeat(sent % 700)}`);
          };
        },
      }),
    });
    const proxy = await cuttingProxy(Number(new URL(listener.url).port), seed, 15_000);
    const down = new Map<string, string[]>();
    const receipts: Promise<unknown>[] = [];
    for (let number = 0; number < sessions; number++) {
      const got: string[] = [];
      down.set(`${number}`, got);
      const connection = client.connect({
        id: `${number}`,
        url: `${scheme}://127.0.0.1:${proxy.port}/`,
        protocol: session(beneath, { window }),
        credentials: { handshake: `${number}` },
        outbox: { messages },
        onMessage: (message) => void got.push(textOf(message)),
      });
      for (let message = 0; message < messages; message++)
        receipts.push(
          connection.send(`up ${message} ${'x'.repeat(message % 900)}`).then(({ confirmed }) => confirmed),
        );
    }
    const fates = await Promise.all(receipts);
    proxy.calm();
    await expect
      .poll(() => [...down.values()].every((got) => got.length >= messages), { timeout: 60_000 })
      .toBe(true);
    expect(new Set(fates)).toEqual(new Set(['confirmed']));
    for (const [, got] of up)
      expect(got.map((text) => Number(text.split(' ')[1]))).toEqual([...Array(messages).keys()]);
    for (const [, got] of down)
      expect(got.map((text) => Number(text.split(' ')[1]))).toEqual([...Array(messages).keys()]);
    expect(up.size).toBe(sessions);
    const incarnations = [...client.connections].reduce((sum, { incarnation }) => sum + incarnation, 0);
    process.stdout.write(
      `${name}: ${sessions} sessions, ${sessions * messages} messages each way, ${incarnations} sockets, ${JSON.stringify(proxy.cuts)}\n`,
    );
    expect(proxy.cuts.cut + proxy.cuts.reset + proxy.cuts.frozen).toBeGreaterThan(sessions);
    await client.stop();
    await server.stop();
  },
);
