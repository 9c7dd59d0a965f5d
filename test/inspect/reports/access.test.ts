/** Which requests may report, and what becomes of reporters that are hostile. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { commonCharts } from '../../../src/inspect/chart-names.ts';
import { modelOf } from '../../../src/inspect/charts.ts';
import { helloOf, machinesOf } from '../../../src/inspect/hello.ts';
import { reportTo } from '../../../src/inspect/reporter.ts';
import { createInspector } from '../../../src/inspect/server.ts';
import { world } from '../../support/world.ts';
import { later } from '../../transport/peers.ts';
import { ask, inspected, tokenOf, upgradeStatus, Visitor, wireUrl } from '../visitor.ts';

const identity = { name: 'evil', id: 'x'.repeat(24) };
const hello = { ...helloOf(0, false, machinesOf(commonCharts, modelOf)), identity };
const counts = {
  connecting: 0,
  alive: 1,
  suspect: 0,
  closing: 0,
  closed: 0,
  waiting: 0,
  resting: 0,
  left: 0,
  'gave-up': 0,
};

function row(id: string, fields: object = {}) {
  return {
    id,
    machine: 'connection',
    url: 'wss://feed.example',
    side: 'dial',
    protocol: 'line',
    status: 'running',
    state: 'alive',
    node: 'connection.alive',
    incarnation: 1,
    since: 0,
    stateSince: 0,
    ...fields,
  };
}

const full = (...rows: object[]) => ({ type: 'full', now: 0, rows, counts, gates: [] });

async function center(options: object = {}) {
  const inspector = await inspected(world().supervisor, { reports: true, ...options });
  return { inspector, url: inspector.reportUrl ?? '' };
}

/** A reporter of plain `ws`. Resolves with the code and reason with which it is closed. */
async function say(url: string, ...messages: unknown[]): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(url);
  later(() => socket.terminate());
  await once(socket, 'open');
  const closed = once(socket, 'close');
  for (const message of messages)
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const [code, reason] = await closed;
  return { code, reason: String(reason) };
}

describe('reports: access', () => {
  test.each([
    ['no Origin, as from a process', {}, 101],
    ['a page of localhost', { origin: 'http://localhost:5173' }, 101],
    ['a page of 127.0.0.1 over TLS', { origin: 'https://127.0.0.1' }, 101],
    ['a page of [::1]', { origin: 'http://[::1]:80' }, 101],
    ['a page of app.localhost', { origin: 'http://app.localhost:3000' }, 101],
    ['a page that is listed', { origin: 'https://Shop.example' }, 101],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['a site whose name begins like this machine', { origin: 'http://localhost.evil.example' }, 403],
    ['a site whose name ends like this machine', { origin: 'http://evil-localhost' }, 403],
    ['a file or a sandbox', { origin: 'null' }, 403],
    ['another Host', { headers: { Host: 'evil.example' } }, 421],
  ])('reports: %s gets its status', async (_, options, status) => {
    const { url } = await center({ reports: { origins: ['https://shop.example'] } });
    expect(await upgradeStatus(url, options)).toBe(status);
  });

  test('reports: are refused without the token of reports, and that token opens nothing else', async () => {
    const { inspector, url } = await center();
    const { searchParams, origin } = new URL(url);
    const token = searchParams.get('token') ?? '';
    expect(await upgradeStatus(url.replace(token, ''))).toBe(403);
    expect(await upgradeStatus(url.replace(/\?.*/, ''))).toBe(401);
    expect(await upgradeStatus(url.replace(token, tokenOf(inspector)))).toBe(403);
    expect(await upgradeStatus(wireUrl(inspector, token))).toBe(403);
    expect((await ask(inspector, `/?token=${token}`)).status).toBe(403);
    expect(origin).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  });

  test('reports: without the option there is no such path, and no URL', async () => {
    const inspector = await inspected(world().supervisor);
    expect(inspector.reportUrl).toBeUndefined();
    expect(await upgradeStatus(wireUrl(inspector).replace('/wire', '/report'))).toBe(404);
  });

  test('reports: more reporters than reports.max get 503', async () => {
    const { url } = await center({ reports: { max: 2 } });
    expect(await upgradeStatus(url)).toBe(101);
    expect(await upgradeStatus(url)).toBe(101);
    expect(await upgradeStatus(url)).toBe(503);
  });

  test.each([
    ['reports.token', { token: 'short' }],
    ['reports.origins', { origins: 'https://shop.example' }],
    ['reports.origins.1', { origins: ['https://shop.example', 'https://shop.example/'] }],
    ['reports.origins.0', { origins: ['shop.example'] }],
    ['reports.max', { max: 0 }],
    ['reports', 'yes'],
  ])('reports: a wrong %s is a ConfigError', async (path, reports) => {
    const refused = createInspector(world().supervisor, { reports: reports as never });
    await expect(refused).rejects.toMatchObject({ code: 'bad-config', problems: [{ path }] });
  });

  test.each([
    ['url', { url: 'http://127.0.0.1:1/report?token=a-secret-token-of-many' }],
    ['name', { url: 'ws://127.0.0.1:1', name: '' }],
    ['messages', { url: 'ws://127.0.0.1:1', messages: 1 }],
    ['WebSocket', { url: 'ws://127.0.0.1:1', WebSocket: 1 }],
  ])('reportTo: a wrong %s is a ConfigError without the token', (path, options) => {
    const report = () => reportTo(world().supervisor, { WebSocket, ...options } as never);
    expect(report).toThrow(`${path}: `);
    expect(report).not.toThrow('a-secret');
  });
});

describe('reports: hostile reporters', () => {
  test.each<[string, unknown[], number, string]>([
    ['no JSON', ['{'], 1008, 'not valid JSON'],
    ['a list before hello', [full()], 1008, 'hello: expected as the first message'],
    ['hello twice', [hello, hello], 1008, 'hello: once for each socket'],
    ['another version', [{ ...hello, version: 99 }], 1008, 'hello.version: 99'],
    ['no identity', [{ ...hello, identity: undefined }], 1008, 'identity'],
    ['a number for an id', [hello, full(row(7 as never))], 1008, 'rows.0.id'],
    ['a time after the year 2500', [hello, full(row('a', { since: 1e15 }))], 1008, 'rows.0.since'],
    ['a state that no chart has', [hello, full(row('a', { state: 'evil' }))], 1008, 'rows.0.state'],
    ['a row that is too long', [hello, full(row('a'.repeat(10_001)))], 1008, 'rows.0.id'],
    ['rows that are too many', [hello, ...lists(3)], 1008, 'list: more rows'],
    ['a message over 4 MiB', ['x'.repeat(5 << 20)], 1009, ''],
    ['an edge to no state', [chartWith([], 'connection.nowhere')], 1008, 'machines.0.model'],
    ['a state whose parent comes later', [chartWith([{ id: 'b', parent: 'c' }])], 1008, 'machines.0.model'],
    ['a state that is its own initial one', [chartWith([chained('b', 'b')])], 1008, 'machines.0.model'],
    [
      'two states that are the initial ones of each other',
      [chartWith([chained('b', 'c'), chained('c', 'b')])],
      1008,
      'machines.0.model',
    ],
  ])('reports: %s ends the socket', async (_, messages, code, why) => {
    const { url } = await center();
    const closed = await say(url, ...messages);
    expect(closed.code).toBe(code);
    expect(closed.reason).toContain(why);
  });

  test('reports: a socket without hello is closed after 5 s', async () => {
    const { supervisor, clock } = world();
    const inspector = await inspected(supervisor, { reports: true });
    const closed = say(inspector.reportUrl ?? '');
    await expect.poll(() => clock.pending).toBeGreaterThan(0);
    await clock.run(5000);
    expect(await closed).toMatchObject({ code: 1008, reason: 'hello: expected within 5 s' });
  });

  test('reports: counts of connections at rest are passed on, and are 0 where a reporter does not know them', async () => {
    const { inspector, url } = await center();
    const socket = new WebSocket(url);
    later(() => socket.terminate());
    await once(socket, 'open');
    const { resting: _, ...before } = counts;
    for (const message of [hello, { ...full(), counts: { ...counts, resting: 2 } }])
      socket.send(JSON.stringify(message));
    const countsSeen = async (resting: number) => {
      const visitor = await Visitor.to(inspector);
      const list = await visitor.saw('full', ({ reporter }) => reporter === 'evil');
      return list.counts.resting === resting;
    };
    await expect.poll(() => countsSeen(2)).toBe(true);
    socket.send(JSON.stringify({ ...full(), counts: before }));
    await expect.poll(() => countsSeen(0)).toBe(true);
  });

  test('reports: messages and fields of a later version are left out', async () => {
    const { inspector, url } = await center();
    const visitor = await Visitor.to(inspector);
    const socket = new WebSocket(url);
    later(() => socket.terminate());
    await once(socket, 'open');
    for (const message of [hello, { type: 'news' }, full(row('feed', { extra: 1 }))])
      socket.send(JSON.stringify(message));
    await visitor.saw('reporter');
    const late = await Visitor.to(inspector);
    const list = await late.saw('full', ({ reporter }) => reporter === 'evil');
    expect(list.rows).toEqual([row('feed')]);
  });

  test('reports: a flood is read no faster than the budget, and the inspector serves its pages', async () => {
    const { supervisor, clock } = world();
    const inspector = await inspected(supervisor, { reports: true });
    const socket = new WebSocket(inspector.reportUrl ?? '');
    later(() => socket.terminate());
    await once(socket, 'open');
    socket.send(JSON.stringify(hello));
    const beat = JSON.stringify({ type: 'beat', now: 0, more: 'x'.repeat(1000) });
    for (let i = 0; i < 20_000; i++) socket.send(beat);
    const visitor = await Visitor.to(inspector);
    expect(visitor.all('reporter')).toHaveLength(1);
    const unread = socket.bufferedAmount;
    expect(unread).toBeGreaterThan(0);
    for (let second = 0; second < 1000 && socket.bufferedAmount === unread; second++) {
      await clock.run(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(socket.bufferedAmount).toBeLessThan(unread);
  });
});

/** Lists whose rows are together longer than a reporter may have. */
function lists(count: number): object[] {
  const big = (at: number) =>
    Array.from({ length: 150 }, (_, n) => row(`${at} ${n}`, { url: 'x'.repeat(9_900) }));
  return Array.from({ length: count }, (_, at) => ({ type: 'delta', now: 0, added: big(at) }));
}

function chained(id: string, initial: string): object {
  return { id, parent: 'connection', initial };
}

function chartWith(states: object[], to?: string): object {
  const root = { id: 'connection', key: 'connection', type: 'compound', entry: [], exit: [] };
  const nodes = [root, ...states.map((state) => ({ ...root, key: 'state', ...state }))];
  const edges = to === undefined ? [] : [{ id: 'e', from: 'connection', event: 'x', to, actions: [] }];
  return { ...hello, machines: [{ id: 'connection', model: { nodes, edges } }] };
}
