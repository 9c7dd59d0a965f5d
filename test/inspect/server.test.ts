/** Access to the inspector's server: which requests are allowed, and the responses to the others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Subscription } from 'rxjs';
import { describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createInspector, type Inspector } from '../../src/inspect/server.ts';
import { supervision } from '../support/supervision.ts';
import { later } from '../transport/peers.ts';
import { ask, inspected, pageFolder, tokenOf, upgradeStatus, Visitor, wireUrl } from './visitor.ts';

/** Prints the URL, and has nothing to do once a page is open. */
const programWith = (supervisor: string) => `
  import { createSupervisor } from 'holdfast';
  import { createInspector } from 'holdfast/inspect';
  const inspector = await createInspector(${supervisor});
  console.log(inspector.url);
  const wait = setInterval(() => inspector.viewers > 0 && clearInterval(wait), 10);
`;

/** A supervisor without connections. */
const idle = () => supervision().supervisor;

describe('inspector page', () => {
  test('inspector page: is served with 200, and links its files with the token', async () => {
    const inspector = await inspected(idle());
    const token = tokenOf(inspector);
    expect(inspector.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{22}$/);
    const page = await ask(inspector, `/?token=${token}`);
    expect(page.status).toBe(200);
    expect(page.body).toBe(`<link href="app.css"><script src="app.js?token=${token}"></script>`);
    expect((await ask(inspector, `/app.js?token=${token}`)).body).toBe('void 0;');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  });

  test('inspector page: each inspector has its own token', async () => {
    const [one, two] = [await inspected(idle()), await inspected(idle())];
    expect(tokenOf(one)).not.toBe(tokenOf(two));
  });

  test('inspector page: listens on loopback only by default', async () => {
    const inspector = await inspected(idle());
    expect(new URL(inspector.url).hostname).toBe('127.0.0.1');
    const open = await inspected(idle(), { host: '0.0.0.0' });
    expect((await ask(open, `/?token=${tokenOf(open)}`)).status).toBe(200);
    expect((await ask(open, `/?token=${tokenOf(open)}`, { Host: 'evil.example' })).status).toBe(421);
  });
});

describe('inspector requests', () => {
  const cases: [string, string, Record<string, string>, number, string][] = [
    ['another Host', '/?token=T', { Host: 'evil.example' }, 421, 'not a name of this server'],
    [
      'the right Host with another port',
      '/?token=T',
      { Host: '127.0.0.1:1' },
      421,
      'not a name of this server',
    ],
    ['another Origin', '/?token=T', { Origin: 'http://evil.example' }, 403, 'another site'],
    ['the Origin of a file or sandbox', '/?token=T', { Origin: 'null' }, 403, 'another site'],
    ['no token', '/', {}, 401, '`token` is missing'],
    ['an empty token', '/?token=', {}, 403, '`token` is wrong'],
    ['a wrong token', '/?token=AAAAAAAAAAAAAAAAAAAAAA', {}, 403, '`token` is wrong'],
    ['a token with a suffix', '/?token=Tx', {}, 403, '`token` is wrong'],
    ['a path with ..', '/../../package.json?token=T', {}, 404, 'no such file'],
    ['a path with .., encoded', '/%2e%2e/%2e%2e/package.json?token=T', {}, 404, 'no such file'],
    ['a path with .. and backslashes', '/..\\..\\package.json?token=T', {}, 404, 'no such file'],
    ['an absolute path', '//etc/passwd?token=T', {}, 404, 'no such file'],
    ['a null byte', '/app.js%00.html?token=T', {}, 404, 'no such file'],
    ['a file of a type that is not served', '/notes.txt?token=T', {}, 404, 'no such file'],
    ['a name of Object.prototype', '/constructor?token=T', {}, 404, 'no such file'],
  ];
  test.each(cases)('inspector refuses a request with %s', async (_, path, headers, status, why) => {
    const inspector = await inspected(idle());
    const answer = await ask(inspector, path.replace('T', tokenOf(inspector)), headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(why);
    expect(answer.body).not.toContain(tokenOf(inspector));
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('inspector refuses the method %s', async (method) => {
    const inspector = await inspected(idle());
    const answer = await ask(inspector, `/?token=${tokenOf(inspector)}`, {}, method);
    expect(answer.status).toBe(405);
  });

  test('inspector refuses a socket without token, of another site, host or path', async () => {
    const inspector = await inspected(idle());
    const url = wireUrl(inspector);
    expect(await upgradeStatus(wireUrl(inspector, 'wrong'))).toBe(403);
    expect(await upgradeStatus(url.replace(/\?.*/, ''))).toBe(401);
    expect(await upgradeStatus(url, { origin: 'http://evil.example' })).toBe(403);
    expect(await upgradeStatus(url, { headers: { Host: 'evil.example' } })).toBe(421);
    expect(await upgradeStatus(url.replace('/wire', '/other'))).toBe(404);
    expect(await upgradeStatus(url, { origin: new URL(inspector.url).origin })).toBe(101);
  });

  test('inspector closes a socket that sends too large a message, with code 1009', async () => {
    const visitor = await Visitor.to(await inspected(idle()));
    visitor.socket.send('x'.repeat(5000));
    await visitor.until(() => visitor.closed !== undefined);
    expect(visitor.closed).toBe(1009);
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['an unknown type', '{"type":"close","id":"feed"}'],
    ['an unknown field', '{"type":"watch","id":"feed","send":"hello"}'],
    ['an id that is no text', '{"type":"watch","id":{"toString":1}}'],
    ['an unknown id', '{"type":"watch","id":"__proto__"}'],
    ['messages that the server does not allow', '{"type":"options","messages":true}'],
  ])('inspector refuses a message: %s; the socket stays open', async (_, text) => {
    const visitor = await Visitor.to(await inspected(idle()));
    visitor.socket.send(text);
    await visitor.saw('refused');
    visitor.say({ type: 'options', paused: true });
    visitor.say({ type: 'options', paused: false });
    expect(visitor.closed).toBeUndefined();
  });

  test('inspector refuses viewers above maxViewers with 503', async () => {
    const inspector = await inspected(idle(), { maxViewers: 4 });
    const statuses = await Promise.all(Array.from({ length: 100 }, () => upgradeStatus(wireUrl(inspector))));
    expect(statuses.filter((status) => status === 101)).toHaveLength(4);
    expect(statuses.filter((status) => status === 503)).toHaveLength(96);
    expect(inspector.viewers).toBe(4);
  });

  test('inspector refuses a request head above 8 KiB with 431', async () => {
    const inspector = await inspected(idle());
    const { hostname, port } = new URL(inspector.url);
    const socket = connect(Number(port), hostname);
    later(() => socket.destroy());
    socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('inspector ends a request whose head takes over five seconds, with 408', {
    timeout: 15_000,
  }, async () => {
    const inspector = await inspected(idle());
    const { hostname, port } = new URL(inspector.url);
    const socket = connect(Number(port), hostname);
    later(() => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nX: ');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('inspector server', () => {
  test('inspector server: ends with its supervisor, and closes viewers with 1001', async () => {
    const own = supervision();
    const inspector = await inspected(own.supervisor);
    const visitor = await Visitor.to(inspector);
    await own.supervisor.stop();
    await visitor.until(() => visitor.closed !== undefined);
    expect(visitor.closed).toBe(1001);
    await inspector.close();
    const socket = new WebSocket(wireUrl(inspector));
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('inspector server: one that is closed hears no more of a supervisor that goes on', async () => {
    const supervisor = idle();
    const subscribing = vi.spyOn(supervisor.events$, 'subscribe');
    const inspector = await inspected(supervisor, { reports: true });
    await Visitor.to(inspector);
    await inspector.close();
    const subscriptions = subscribing.mock.results.map(({ value }) => value as Subscription);
    expect(subscriptions.length).toBeGreaterThan(1);
    expect(subscriptions.every(({ closed }) => closed)).toBe(true);
  });

  test.each([
    ['ends by itself while a page is open', 'createSupervisor()', [0, null]],
    ['is kept running by an inspector without a supervisor', 'undefined', [null, 'SIGTERM']],
  ])('inspector server: a process that has nothing else %s', async (_, supervisor, end) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', programWith(supervisor)], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    later(() => void child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value: url = '' } = await lines.next();
    const socket = new WebSocket(wireUrl({ url } as Inspector));
    later(() => socket.terminate());
    const beats = new Promise<void>((resolve) => {
      let heard = 0;
      socket.on('message', (data) => {
        if (String(data).includes('"beat"') && ++heard === 2) resolve();
      });
    });
    const ended = once(child, 'exit');
    if (end[0] === null) {
      // It goes on after its program has nothing to do.
      await beats;
      child.kill('SIGTERM');
    }
    expect(await ended).toEqual(end);
  });

  test('inspector server: rejects when the port is taken', async () => {
    const { port } = new URL((await inspected(idle())).url);
    await expect(createInspector(idle(), { port: Number(port), page: pageFolder() })).rejects.toThrow(
      'EADDRINUSE',
    );
  });

  test.each([
    [{ port: 70_000 }, 'port: 70000'],
    [{ port: 1.5 }, 'port: 1.5'],
    [{ maxViewers: 0 }, 'maxViewers: 0'],
    [{ page: '/nowhere' }, 'page: "/nowhere"'],
  ])('inspector server: refuses the options %j', async (options, why) => {
    await expect(createInspector(idle(), { page: pageFolder(), ...options })).rejects.toThrow(why);
  });
});
