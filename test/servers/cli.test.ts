/** `holdfast watch` at real servers, by their URLs. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FakeIo } from '../cli/fake-io.ts';
import { describeWith } from './support/installed.ts';
import { mosquitto } from './support/mosquitto.ts';
import { natsServer } from './support/nats-server.ts';
import { nodeServer } from './support/node-server.ts';
import { redisServer } from './support/redis-server.ts';
import type { Server } from './support/server.ts';

const password = 'Geheim%23';
const env = { HOLDFAST_USER: 'default', HOLDFAST_PASSWORD: 'Geheim#' };

async function watch(url: string, variables: Record<string, string> = {}, ...args: string[]) {
  const io = new FakeIo();
  Object.assign(io.env, variables, { HOLDFAST_LOG: 'trace' });
  const code = await io.run('watch', url, '--for', '1s', '--json', '--interval', '100ms', ...args);
  const moves = io.lines.filter(({ event }) => event === 'state').map(({ to }) => to);
  return { io, code, moves };
}

const whole = ['connecting', 'alive', 'closing', 'closed'];

describeWith(['redis-server'], 'holdfast watch at redis-server', () => {
  const started = redisServer({ password: 'Geheim#' });
  afterAll(async () => (await started).kill());

  test('user and password of the URL log in, heartbeats have a round-trip time, and nothing shows them', async () => {
    const { address } = await started;
    const { io, code, moves } = await watch(`redis://default:${password}@${address}`);
    expect(code).toBe(0);
    expect(moves).toEqual(whole);
    expect(io.lines.filter(({ kind }) => kind === 'received').length).toBeGreaterThan(4);
    expect(io.lines[0]).toMatchObject({ url: `redis://***@${address}` });
    expect(io.out + io.err).not.toMatch(/geheim/i);
  });

  test('user and password of the environment log in, and nothing shows them', async () => {
    const { io, code, moves } = await watch(`redis://${(await started).address}`, env);
    expect(code).toBe(0);
    expect(moves).toEqual(whole);
    expect(io.out + io.err).not.toMatch(/geheim/i);
  });

  test('user and password of a configuration, by reference, log in, and nothing shows them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
    writeFileSync(join(folder, 'redis'), 'Geheim#\n');
    const url = `redis://${(await started).address}`;
    for (const password of ['file:redis', 'env:REDIS_PASSWORD']) {
      writeFileSync(join(folder, 'c.json'), JSON.stringify({ dial: { user: 'default', password } }));
      const { io, code, moves } = await watch(
        url,
        { REDIS_PASSWORD: 'Geheim#' },
        '--config',
        join(folder, 'c.json'),
      );
      expect(code).toBe(0);
      expect(moves).toEqual(whole);
      expect(io.out + io.err).not.toMatch(/geheim/i);
    }
  });

  test('a wrong password is one attempt, exit code 1 and a line with the code of the server', async () => {
    const { io, code, moves } = await watch(`redis://:falsch@${(await started).address}`);
    expect(code).toBe(1);
    expect(moves).toEqual(['connecting', 'closing', 'closed']);
    expect(io.lines.at(-1)).toMatchObject({ event: 'gave-up', reason: 'unauthorized', code: 'WRONGPASS' });
    expect(io.out + io.err).not.toMatch(/falsch/i);
  });

  test('a terminal has a table with the URL redacted', async () => {
    const io = new FakeIo({ isTTY: true, columns: 100, rows: 20 });
    const { address } = await started;
    expect(await io.run('watch', `redis://default:${password}@${address}`, '--for', '500ms')).toBe(0);
    expect(io.out).toContain(`redis://***@${address}`);
    expect(io.out).toContain('1 alive');
    expect(io.out).not.toMatch(/geheim/i);
  });
});

describeWith(['mosquitto', 'mosquitto_passwd'], 'holdfast watch at mosquitto', () => {
  test('the user of the URL with the password of the environment', async () => {
    const { address } = await mosquitto({ login: { username: 'sensor', password: 'Geheim#' } });
    const { code, moves } = await watch(`mqtt://sensor@${address}`, env, '--interval', '1s');
    expect(code).toBe(0);
    expect(moves).toEqual(whole);
    const wrong = await watch(`mqtt://sensor:falsch@${address}`, env);
    expect(wrong.code).toBe(1);
    expect(wrong.io.lines.at(-1)).toMatchObject({ event: 'gave-up', reason: 'unauthorized' });
  });
});

describeWith(['nats-server'], 'holdfast watch at nats-server', () => {
  test('a token of the URL, and of the environment', async () => {
    const { address } = await natsServer({ args: ['--auth', 'Geheim'] });
    expect((await watch(`nats://Geheim@${address}`)).moves).toEqual(whole);
    const { io, moves } = await watch(`nats://${address}`, { HOLDFAST_TOKEN: 'Geheim' });
    expect(moves).toEqual(whole);
    expect(io.out + io.err).not.toMatch(/geheim/i);
  });
});

describeWith([], 'holdfast watch at servers over WebSocket', () => {
  test.each<[name: string, start: () => Promise<Server>, urlOf: (server: Server) => string]>([
    [
      'graphql-ws',
      () => nodeServer('graphql-ws-server.mjs', 500),
      ({ address }) => `ws+graphql://${address}/graphql`,
    ],
    [
      'socket.io',
      () => nodeServer('socket-io-server.mjs', 250, 200),
      ({ address }) => `ws+socketio://${address}`,
    ],
    ['phoenix', () => nodeServer('phoenix-server.mjs'), ({ address }) => `ws+phoenix://${address}/socket`],
  ])('%s with a token of the environment', async (_, start, urlOf) => {
    const url = urlOf(await start());
    const { io, code, moves } = await watch(url, { HOLDFAST_TOKEN: 'secret' });
    expect(code).toBe(0);
    expect(moves).toEqual(whole);
    expect(io.out + io.err).not.toMatch(/secret/);
  });
});
