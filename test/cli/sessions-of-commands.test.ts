/** `send --session`, and `watch --targets` with `--session`. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { session } from '../../src/sessions/both.ts';
import { clientRelayTo, type StartedRelay } from '../support/client-relay.ts';
import { FakeIo } from './fake-io.ts';

/** A server of sessions that keeps what it handled, and answers with `answer`. */
async function server(
  handled: (text: string, number: number) => Promise<unknown> | undefined = () => undefined,
) {
  const supervisor = createSupervisor({ logger: silentLogger });
  onTestFinished(() => supervisor.stop());
  const texts: string[] = [];
  const { url } = await supervisor.listen({
    url: 'ws://127.0.0.1:0/',
    protocol: session(websocket(), {
      onSession(client) {
        client.onMessage = async (message) => {
          texts.push(String(message));
          await handled(String(message), texts.length);
          await client.send(`echo ${message}`);
        };
      },
    }),
  });
  return { url, texts, supervisor };
}

async function sent(url: string, input: readonly string[], ...args: string[]) {
  const io = new FakeIo();
  io.stdin = Readable.from(input.map((text) => Buffer.from(`${text}\n`)));
  const code = await io.run('send', url, '--session', ...args);
  return { code, out: io.out.split('\n').filter(Boolean), err: io.err };
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `order ${at}`);

describe('holdfast send --session', () => {
  test('is over with 0 when the other side has handled every line, once and in order', async () => {
    const { url, texts } = await server();
    const input = numbered(2000);
    const { code, out, err } = await sent(url, input);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(texts).toEqual(input);
    expect(out).toEqual(input.slice(0, out.length).map((text) => `echo ${text}`));
  });

  test('goes on over a socket that is cut, and nothing is lost or handled twice', async () => {
    let cuts: StartedRelay | undefined;
    const { url, texts } = await server(async (_, number) => {
      if (number % 250 === 0) cuts?.cut();
    });
    const relay = await clientRelayTo(Number(new URL(url).port));
    cuts = relay;
    onTestFinished(() => relay.close());
    const policy = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'fast.json');
    writeFileSync(policy, '{"reconnect":{"backoff":{"base":10,"cap":50}},"gate":{"enabled":false}}');
    const input = numbered(1000);
    const { code, out, err } = await sent(
      `ws://127.0.0.1:${relay.port}/`,
      input,
      '--config',
      policy,
      '--wait',
      '300ms',
    );
    expect(texts).toEqual(input);
    expect(code).toBe(0);
    expect(out).toEqual(input.map((text) => `echo ${text}`));
    expect(err).toContain('attempt 1');
  });

  test('is over with 1 when the server ends before it has handled all, and says how many are in doubt', async () => {
    const { url, supervisor } = await server(async (_, number) => {
      if (number === 3) {
        void supervisor.stop();
        await new Promise(() => {});
      }
    });
    const policy = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'once.json');
    writeFileSync(policy, '{"reconnect":{"maxAttempts":1}}');
    const { code, err } = await sent(url, numbered(10), '--config', policy);
    expect(code).toBe(1);
    expect(err).toMatch(/send: .* of 10 messages were not/);
  });

  test('is bad usage where the protocol carries no session', async () => {
    const io = new FakeIo();
    expect(await io.run('send', 'tcp://127.0.0.1:9', '--session')).toBe(2);
    expect(io.err).toContain(
      '--session: "with line" is not valid; expected a URL of ws or wss, or --protocol framed',
    );
  });
});

describe('holdfast watch --targets with --session', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'targets.json');

  test('holds a session for each target, which its messages and its lines show', async () => {
    const { url } = await server();
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'one', url },
        { id: 'two', url, labels: { dc: 'eu' } },
      ]),
    );
    const io = new FakeIo();
    const code = io.run('watch', '--targets', file, '--session');
    const attached = (id: string) =>
      io.line(({ event, connection, to }) => event === 'session' && connection === id && to === 'attached');
    expect(await attached('one')).toMatchObject({ epoch: 1 });
    expect(await attached('two')).toMatchObject({ labels: { dc: 'eu' } });
    io.quit$.next('SIGINT');
    expect(await code).toBe(0);
    expect(io.lines.filter(({ event }) => event === 'summary')).toHaveLength(2);
  });

  test('names the target whose protocol carries no session, with its line', async () => {
    const targets = [{ url: 'ws://127.0.0.1:9/' }, { url: 'tcp://127.0.0.1:9' }];
    writeFileSync(file, JSON.stringify(targets, undefined, 1));
    const io = new FakeIo();
    expect(await io.run('watch', '--targets', file, '--session')).toBe(2);
    expect(io.err).toMatch(
      /targets\.json:5: 1\.session: "with line" is not valid; expected a URL of ws or wss/,
    );
  });
});
