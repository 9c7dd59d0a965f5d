/** `watch --session` and `serve --sessions`, against each other and alone. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import { silentLogger } from '../../src/base/log.ts';
import { Board } from '../../src/cli/board.ts';
import { drawTable } from '../../src/cli/table.ts';
import { createSupervisor } from '../../src/presets/node.ts';
import { websocket } from '../../src/protocols/websocket.ts';
import { session } from '../../src/sessions/both.ts';
import { FakeIo } from './fake-io.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function running(...args: string[]) {
  const io = new FakeIo();
  const code = io.run(...args);
  const end = async () => {
    io.quit$.next('end');
    return await code;
  };
  stops.push(end);
  return { io, end };
}

async function serving(...args: string[]) {
  const { io, end } = await running('serve', 'ws://127.0.0.1:0/', ...args);
  const { url } = await io.line(({ event }) => event === 'listening');
  return { io, end, url: String(url) };
}

describe('holdfast serve --sessions', () => {
  test('echoes each message within the session, once and in order', async () => {
    const { url } = await serving('--sessions');
    const supervisor = createSupervisor({ logger: silentLogger });
    stops.push(() => supervisor.stop());
    const echoed: unknown[] = [];
    const all = new Promise<void>((resolve) => {
      supervisor.connect({
        id: 'feed',
        url,
        protocol: session(websocket()),
        onMessage: (message: string | Uint8Array) => {
          if (echoed.push(message) === 2000) resolve();
        },
      });
    });
    const feed = supervisor.get('feed');
    const sent = Array.from({ length: 2000 }, (_, at) => `message ${at}`);
    for (const text of sent) {
      await feed?.send(text);
      if (text === 'message 1000') feed?.reconnect();
    }
    await all;
    expect(echoed).toEqual(sent);
  });

  test.each<[why: string, args: readonly string[], said: readonly string[]]>([
    [
      'a protocol that carries none',
      ['tcp://127.0.0.1:0', '--sessions'],
      ['--sessions: "with line" is not valid; expected a URL of ws or wss, or --protocol framed'],
    ],
    [
      'an address that others reach in plain text',
      ['ws://0.0.0.0:0/', '--sessions'],
      ['--sessions: "ws://0.0.0.0:0/" is not valid; expected an address of this machine, or wss or tls'],
    ],
    [
      'a store that is none',
      ['ws://127.0.0.1:0/', '--sessions=mysql://ann:hunter2@db/'],
      ['--sessions: "mysql://***@db/"', 'expected memory, or the URL of a server of Redis'],
    ],
    [
      'a variable that is not set',
      ['ws://127.0.0.1:0/', '--sessions=env:NOWHERE'],
      ['--sessions: "env:NOWHERE" is not valid'],
    ],
    [
      'a server of Redis that does not answer',
      ['ws://127.0.0.1:0/', '--sessions=redis://:hunter2@127.0.0.1:1/'],
      ['--sessions: "redis://***@127.0.0.1:1/"', 'expected a server of Redis that answers (ECONNREFUSED)'],
    ],
  ])('refuses %s, at start and without credentials', async (_, args, said) => {
    const io = new FakeIo();
    expect(await io.run('serve', ...args)).toBe(2);
    for (const text of said) expect(io.err).toContain(text);
    expect(io.err + io.out).not.toContain('hunter2');
    expect(io.out).toBe('');
  });

  test('refuses a server of Redis that may forget, by the name of the setting', async () => {
    const values: Readonly<Record<string, string>> = {
      appendonly: 'yes',
      appendfsync: 'everysec',
      'no-appendfsync-on-rewrite': 'no',
      'maxmemory-policy': 'noeviction',
      'cluster-enabled': 'no',
    };
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.setEncoding('latin1').on('data', (text: string) => {
        for (const [, words = ''] of text.matchAll(/\*\d+\r\n((?:\$\d+\r\n[^\r]*\r\n)+)/g)) {
          const command = words.split('\r\n').filter((_, at) => at % 2 === 1);
          const value = values[command[2] ?? ''] ?? '';
          const isConfig = /config/i.test(command[0] ?? '');
          if (isConfig)
            socket.write(`*2\r\n$${command[2]?.length}\r\n${command[2]}\r\n$${value.length}\r\n${value}\r\n`);
          else if (/info/i.test(command[0] ?? '')) socket.write('$9\r\nloading:0\r\n');
          else socket.write('+OK\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(async () => server.close());
    const { port } = server.address() as { port: number };
    const io = new FakeIo();
    io.env.SESSIONS = `redis://:hunter2@127.0.0.1:${port}/`;
    expect(await io.run('serve', 'ws://127.0.0.1:0/', '--sessions=env:SESSIONS')).toBe(2);
    expect(io.err).toBe(
      'holdfast: --sessions env:SESSIONS: appendfsync: "everysec" is not valid; expected "always": the server may forget what it has confirmed\n',
    );
    expect(io.out).not.toContain('hunter2');
  });
});

describe('holdfast watch --session', () => {
  test('holds a session, whose events are lines; its id is cut', async () => {
    const { url } = await serving('--sessions');
    const { io, end } = await running('watch', url, '--session', '--json');
    const attached = await io.line(({ event, to }) => event === 'session' && to === 'attached');
    expect(attached).toMatchObject({ epoch: 1, resumed: false, replayed: 0, unacknowledged: 0 });
    expect(attached.session).toMatch(/^[0-9a-f]{8}$/);
    expect(await end()).toBe(0);
    expect(io.lines.filter(({ event }) => event === 'session').at(-1)).toMatchObject({
      to: 'ended',
      reason: 'closed',
    });
    expect(io.out).not.toMatch(/[0-9a-f]{32}/);
  });

  test.each(['tcp://127.0.0.1:1', 'redis://127.0.0.1:1'])(
    'refuses %s, whose protocol carries none',
    async (url) => {
      const io = new FakeIo();
      expect(await io.run('watch', url, '--session', '--for', '1s')).toBe(2);
      expect(io.err).toContain('--session: "with');
    },
  );
});

describe('the table', () => {
  const of = { connection: 'feed', url: 'ws://feed/', incarnation: 1 } as const;
  const drawn = (...events: LifecycleEvent[]) => {
    const board = new Board();
    for (const event of events) board.apply(event, 0);
    const view = { width: 80, height: 10, now: 0, colors: false };
    return drawTable(board.rows, view).split('\n');
  };
  const session = { event: 'session', ...of, session: '5e55', epoch: 2, unacknowledged: 3 } as const;

  test('has no columns of sessions without one', () => {
    expect(drawn({ event: 'state', ...of, to: 'alive' })[0]).not.toContain('session');
  });

  test('has epoch, state and what is not acknowledged, in 80 columns', () => {
    const [head = '', row = ''] = drawn(
      { event: 'state', ...of, to: 'alive' },
      { ...session, to: 'attached', resumed: true, replayed: 1 },
    );
    expect(head).toMatch(/rtt\s+session/);
    expect(row).toMatch(/2 resumed, 3 unacked/);
    expect(Math.max(head.length, row.length)).toBeLessThanOrEqual(80);
    expect(drawn({ ...session, to: 'detached' })[1]).toContain('2 detached');
    const lost = {
      event: 'session-lost',
      ...of,
      session: '5e55',
      reason: 'gap',
      unacknowledged: 3,
      resent: false,
    } as const;
    expect(drawn(session as never, lost)[1]).toContain('2 lost, 3 unacked');
  });
});
