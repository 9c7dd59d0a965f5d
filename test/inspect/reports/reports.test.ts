/** Reports from one process to the inspector of another. */
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { packageName } from '../../../src/base/package-name.ts';
import { world } from '../../support/world.ts';
import { inspected, type Visitor } from '../visitor.ts';
import { reporting, reportOf, url } from './reporting.ts';

const steady = { reconnect: { backoff: { base: 1000, jitter: 'none' } } } as const;

function rowsOf(visitor: Visitor, reporter = 'shop') {
  return [...visitor.rows(reporter).values()];
}

function statusOf(visitor: Visitor, reporter = 'shop') {
  return visitor.all('reporter').findLast((message) => message.reporter === reporter)?.status;
}

describe('reports', () => {
  test('reports: a viewer sees the connections of another process, as they change', async () => {
    const { page, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url, ...steady });
    const visitor = await visit();
    await until(() => rowsOf(visitor)[0]?.state === 'alive');
    expect(visitor.all('reporter')[0]).toMatchObject({
      status: 'reporting',
      reporter: 'shop',
      server: packageName,
    });
    expect(visitor.all('reporter')[0]).not.toHaveProperty('machines');
    page.network.host('feed').freeze();
    await until(() => rowsOf(visitor)[0]?.state === 'suspect');
    expect(rowsOf(visitor)[0]).toMatchObject({ id: 'feed', url, protocol: 'line', evidence: {} });
    page.network.host('feed').thaw();
    await until(() => rowsOf(visitor)[0]?.evidence === undefined);
    expect(visitor.rows().size).toBe(0);
  });

  test('reports: a watched connection of a reporter has its history, its transitions and its suspicions', async () => {
    const { page, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url });
    const visitor = await visit();
    await until(() => rowsOf(visitor)[0]?.state === 'alive');
    visitor.say({ type: 'watch', id: 'feed', reporter: 'shop' });
    await until(() => visitor.all('history').length > 0);
    expect(visitor.all('history')[0]).toMatchObject({
      reporter: 'shop',
      connection: 'feed',
      entries: [{ chart: 'supervision', event: 'admitted' }, { event: 'start' }, {}, {}],
    });
    page.network.host('feed').freeze();
    await until(() => visitor.all('suspicion').length > 0);
    expect(visitor.all('@xstate.transition')).toContainEqual(
      expect.objectContaining({
        reporter: 'shop',
        source: 'timer',
        microsteps: [expect.objectContaining({ edges: ['connection.alive/deadline-expired/0'] })],
        to: 'connection.suspect.silent',
      }),
    );
    expect(visitor.all('samples').length).toBeGreaterThan(0);
  });

  test('reports: a second viewer of a connection gets its history, too, and the first one nothing twice', async () => {
    const { page, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url });
    const [one, two] = [await visit(), await visit()];
    await until(() => rowsOf(one).length + rowsOf(two).length === 2);
    one.say({ type: 'watch', id: 'feed', reporter: 'shop' });
    await until(() => one.all('history').length > 0);
    two.say({ type: 'watch', id: 'feed', reporter: 'shop' });
    await until(() => two.all('history').length > 0);
    const before = two.all('@xstate.transition').length;
    page.network.host('feed').freeze();
    await until(() => two.all('suspicion').length > 0);
    const since = two.all('@xstate.transition').slice(before);
    expect(one.all('@xstate.transition').slice(-since.length)).toEqual(since);
  });

  test('reports: equal ids of two reporters and of the inspector itself are three connections', async () => {
    const { center, page, reportUrl, until, visit } = await reporting();
    const other = world({ seed: 3 });
    reportOf(other, reportUrl, { name: 'shop' });
    center.network.serve('feed', (peer) => peer);
    for (const { supervisor } of [center, page, other]) supervisor.connect({ id: 'feed', url, ...steady });
    const visitor = await visit();
    const worlds = [center, page, other];
    await until(() => rowsOf(visitor, 'shop').length + rowsOf(visitor, 'shop 2').length === 2, worlds);
    await until(() => rowsOf(visitor, 'shop')[0]?.state === 'alive', worlds);
    await until(() => rowsOf(visitor, 'shop 2')[0]?.status === 'waiting', worlds);
    expect(visitor.rows().get('feed')).toBeDefined();
    expect(rowsOf(visitor, 'shop')).toMatchObject([{ id: 'feed', state: 'alive' }]);
  });

  test('reports: without a viewer the reporter attaches nothing, and sends one beat a second', async () => {
    const { center, page, reporter, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url });
    await until(() => reporter.connected);
    const visitor = await visit();
    await until(() => rowsOf(visitor).length === 1);
    visitor.socket.terminate();
    await until(() => page.clock.pending < 10);
    const polls = { count: 0 };
    const { connections } = page.supervisor;
    Object.defineProperty(page.supervisor, 'connections', {
      get: () => {
        polls.count++;
        return connections;
      },
    });
    for (let i = 0; i < 20; i++) await page.clock.run(100);
    expect(polls.count).toBeLessThanOrEqual(1);
    expect(center.clock.pending).toBeLessThan(3);
  });
});

describe('reports that stop', () => {
  test('reports: a process that sends no beat is silent after 3.5 s, and reports again when it goes on', async () => {
    const { center, page, until, visit } = await reporting({}, { WebSocket: Held });
    page.supervisor.connect({ id: 'feed', url });
    const visitor = await visit();
    await until(() => rowsOf(visitor).length === 1 && statusOf(visitor) === 'reporting');
    Held.last?.pause();
    const frozenAt = center.clock.scheduler.now();
    await until(() => statusOf(visitor) === 'silent', [center]);
    expect(center.clock.scheduler.now() - frozenAt).toBeLessThan(5000);
    expect(rowsOf(visitor)).toHaveLength(1);
    Held.last?.resume();
    await until(() => statusOf(visitor) === 'reporting');
  });

  test('reports: a process that is gone keeps its rows for a minute, and leaves the list then', async () => {
    const { center, page, reporter, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url });
    const visitor = await visit();
    await until(() => rowsOf(visitor).length === 1);
    reporter.stop();
    const goneAt = center.clock.scheduler.now();
    await until(() => statusOf(visitor) === 'gone', [center]);
    expect(rowsOf(visitor)).toHaveLength(1);
    await until(() => statusOf(visitor) === 'removed', [center]);
    expect(center.clock.scheduler.now() - goneAt).toBeGreaterThan(59_000);
    const late = await visit();
    expect(late.all('reporter')).toEqual([]);
    expect(late.all('full')).toHaveLength(1);
  });

  test('reports: a supervisor that stops ends its reports', async () => {
    const { page, until, visit } = await reporting();
    const visitor = await visit();
    await until(() => statusOf(visitor) === 'reporting');
    void page.supervisor.stop();
    await until(() => statusOf(visitor) === 'gone');
  });

  test('reports: a reporter whose socket was cut comes back as the same one, with what was watched', async () => {
    const { page, until, visit } = await reporting({}, { WebSocket: Held });
    page.supervisor.connect({ id: 'feed', url });
    const visitor = await visit();
    await until(() => rowsOf(visitor)[0]?.state === 'alive');
    visitor.say({ type: 'watch', id: 'feed', reporter: 'shop' });
    await until(() => visitor.all('history').length === 1);
    Held.last?.terminate();
    await until(() => statusOf(visitor) === 'gone');
    await until(() => statusOf(visitor) === 'reporting');
    await until(() => visitor.all('history').length === 2);
    expect(new Set(visitor.all('reporter').map(({ reporter }) => reporter))).toEqual(new Set(['shop']));
  });

  test('reports: a page that is reloaded takes the place of the one before, and what was watched is watched again', async () => {
    const { center, page, reporter, reportUrl, until, visit } = await reporting();
    page.supervisor.connect({ id: 'feed', url });
    const visitor = await visit();
    await until(() => rowsOf(visitor)[0]?.state === 'alive');
    visitor.say({ type: 'watch', id: 'feed', reporter: 'shop' });
    await until(() => visitor.all('history').length === 1);
    reporter.stop();
    await until(() => statusOf(visitor) === 'gone');
    const reloaded = world({ seed: 4 });
    reportOf(reloaded, reportUrl);
    const worlds = [center, reloaded];
    await until(() => statusOf(visitor) === 'reporting' && rowsOf(visitor).length === 0, worlds);
    reloaded.supervisor.connect({ id: 'feed', url, ...steady });
    await until(() => visitor.all('history').length === 2, worlds);
    await until(() => visitor.all('supervision').length > 0, worlds);
  });

  test('reports: an inspector that starts later, or again, is found', async () => {
    const { center, inspector, reporter, reportUrl, until } = await reporting({
      reports: { token: 'a-token-of-sixteen' },
    });
    await until(() => reporter.connected);
    await inspector.close();
    await until(() => !reporter.connected);
    const port = Number(new URL(reportUrl ?? '').port);
    const again = await inspected(center.supervisor, { port, reports: { token: 'a-token-of-sixteen' } });
    expect(again.reportUrl).toBe(reportUrl);
    await until(() => reporter.connected);
  });
});

/** A WebSocket in the hands of the test. */
class Held extends WebSocket {
  static last: Held | undefined;

  constructor(address: string) {
    super(address);
    Held.last = this;
  }
}
