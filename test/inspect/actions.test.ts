/** Actions of pages: each takes a ticket, and what tries to do without one, or with that of others, changes nothing. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { InspectorOptions } from '../../src/inspect/options.ts';
import { ACTIONS, type Action, TICKET_MS } from '../../src/inspect/wire-actions.ts';
import type { ClientMessage } from '../../src/inspect/wire-requests.ts';
import { lineServer, world } from '../support/world.ts';
import { later } from '../transport/peers.ts';
import { reporting } from './reports/reporting.ts';
import { ask, inspected, tokenOf, upgradeStatus, Visitor, wireUrl } from './visitor.ts';

async function acting(options: InspectorOptions = { actions: true }) {
  const here = world({ heartbeat: { interval: '1h' }, reconnect: { backoff: { base: 100 } } });
  later(() => here.supervisor.actor.stop());
  here.network.serve('feed', lineServer);
  const feed = here.supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await here.clock.run(1000);
  const inspector = await inspected(here.supervisor, options);
  const warnings = () => here.events.flatMap((event) => (event.event === 'warning' ? [event.detail] : []));
  /** Nobody acted, also not a while later. */
  const untouched = async () => {
    await turn();
    await here.clock.run(2000);
    expect({ state: feed.state, status: feed.status, incarnation: feed.incarnation }).toEqual({
      state: 'alive',
      status: 'running',
      incarnation: 1,
    });
    expect(warnings()).toEqual([]);
  };
  return { ...here, feed, inspector, warnings, untouched, visit: () => Visitor.to(inspector) };
}

async function ticketFor(visitor: Visitor, action: Action, id = 'feed', n = 1): Promise<string> {
  visitor.say({ type: 'propose', action, id });
  await visitor.until(() => visitor.all('proposed').length === n);
  return visitor.all('proposed')[n - 1]?.ticket ?? '';
}

async function refusal(visitor: Visitor, message: object, n = 1): Promise<string> {
  visitor.say(message as ClientMessage);
  await visitor.until(() => visitor.all('refused').length === n);
  return visitor.all('refused')[n - 1]?.why ?? '';
}

describe('actions of the inspector', () => {
  test('inspector actions: a confirmed probe tells the round trip', async () => {
    const { clock, visit, warnings } = await acting();
    const visitor = await visit();
    expect((await visitor.saw('hello')).mayAct).toBe(true);
    visitor.say({ type: 'act', ticket: await ticketFor(visitor, 'probe') });
    await vi.waitFor(() => expect(warnings()).toHaveLength(1));
    await clock.run(1000);
    expect(await visitor.saw('acted')).toMatchObject({
      action: 'probe',
      id: 'feed',
      result: 'answered in 2 ms',
    });
    expect(warnings()).toEqual(['probe by a page of the inspector']);
  });

  test('inspector actions: a confirmed reconnect begins a new incarnation', async () => {
    const { clock, feed, visit, warnings } = await acting();
    const visitor = await visit();
    visitor.say({ type: 'act', ticket: await ticketFor(visitor, 'reconnect') });
    await visitor.saw('acted');
    await clock.run(2000);
    expect([feed.state, feed.incarnation]).toEqual(['alive', 2]);
    expect(warnings()).toEqual(['reconnect by a page of the inspector']);
  });

  test('inspector actions: a confirmed close ends the connection for good', async () => {
    const { clock, feed, visit, warnings } = await acting();
    const visitor = await visit();
    visitor.say({ type: 'act', ticket: await ticketFor(visitor, 'close') });
    await vi.waitFor(() => expect(warnings()).toHaveLength(1));
    await clock.run(2000);
    expect(await visitor.saw('acted')).toMatchObject({ result: 'closed: closed-by-us' });
    expect(feed.status).toBe('left');
  });

  test('inspector actions: one that fails tells why', async () => {
    const { supervisor, clock, visit } = await acting();
    supervisor.connect({ id: 'late', url: 'memory://nobody' });
    await clock.run(1000);
    const visitor = await visit();
    visitor.say({ type: 'act', ticket: await ticketFor(visitor, 'probe', 'late') });
    expect((await visitor.saw('acted')).error).toContain('cannot be probed: it is closed');
  });
});

describe('attacks on the actions of the inspector', () => {
  test.each(ACTIONS)(
    'inspector actions off, the default: %s is refused, and does nothing',
    async (action) => {
      const { visit, untouched } = await acting({});
      const visitor = await visit();
      expect(await visitor.saw('hello')).not.toHaveProperty('mayAct');
      expect(await refusal(visitor, { type: 'propose', action, id: 'feed' })).toContain(
        'without `actions: true`',
      );
      expect(await refusal(visitor, { type: 'act', ticket: 'x'.repeat(22) }, 2)).toContain(
        'without `actions: true`',
      );
      await untouched();
    },
  );

  test.each(ACTIONS)('inspector actions: %s without a confirmation does nothing', async (action) => {
    const { visit, untouched } = await acting();
    await ticketFor(await visit(), action);
    await untouched();
  });

  test.each(['', 'AAAAAAAAAAAAAAAAAAAAAA', '__proto__', 'undefined'])(
    'inspector actions: the invented ticket %j is refused',
    async (ticket) => {
      const { visit, untouched } = await acting();
      const visitor = await visit();
      expect(await refusal(visitor, { type: 'act', ticket })).toContain('not one that this page may use');
      await ticketFor(visitor, 'close');
      await refusal(visitor, { type: 'act', ticket }, 2);
      await untouched();
    },
  );

  test('inspector actions: a ticket that was used is refused when it is replayed', async () => {
    const { clock, feed, visit, warnings } = await acting();
    const visitor = await visit();
    const ticket = await ticketFor(visitor, 'reconnect');
    visitor.say({ type: 'act', ticket });
    await visitor.saw('acted');
    await clock.run(2000);
    for (let n = 1; n <= 3; n++)
      expect(await refusal(visitor, { type: 'act', ticket }, n)).toContain('serves once');
    await clock.run(2000);
    expect(feed.incarnation).toBe(2);
    expect(warnings()).toHaveLength(1);
  });

  test('inspector actions: a ticket of another page, or of the same page before it reconnected, is refused', async () => {
    const { visit, untouched } = await acting();
    const [one, other] = [await visit(), await visit()];
    const ticket = await ticketFor(one, 'close');
    expect(await refusal(other, { type: 'act', ticket })).toContain('not one that this page may use');
    one.socket.close();
    const again = await visit();
    expect(await refusal(again, { type: 'act', ticket })).toContain('not one that this page may use');
    await untouched();
  });

  test('inspector actions: a ticket is void after 30 s, and after the next one', async () => {
    const { clock, visit, untouched } = await acting();
    const visitor = await visit();
    const first = await ticketFor(visitor, 'close');
    const second = await ticketFor(visitor, 'close', 'feed', 2);
    expect(await refusal(visitor, { type: 'act', ticket: first })).toContain('a new one voids it');
    await clock.run(TICKET_MS + 1);
    expect(await refusal(visitor, { type: 'act', ticket: second }, 2)).toContain('for 30 s');
    await untouched();
  });

  test('inspector actions: a reconnect that was confirmed for an earlier incarnation is refused', async () => {
    const { clock, feed, visit, warnings } = await acting();
    const visitor = await visit();
    const ticket = await ticketFor(visitor, 'reconnect');
    feed.reconnect();
    await clock.run(2000);
    expect(await refusal(visitor, { type: 'act', ticket })).toContain('is #2 now');
    expect(warnings()).toEqual([]);
  });

  test('inspector actions: a close is refused when another connection has the id', async () => {
    const { clock, feed, supervisor, visit, warnings } = await acting();
    const visitor = await visit();
    const ticket = await ticketFor(visitor, 'close');
    const closed = feed.close();
    await clock.run(2000);
    await closed;
    const next = supervisor.connect({ id: 'feed', url: 'memory://feed' });
    await clock.run(2000);
    expect(await refusal(visitor, { type: 'act', ticket })).toContain('is over');
    expect(next.state).toBe('alive');
    expect(warnings()).toEqual([]);
  });

  test.each([
    ['an unknown action', { type: 'propose', action: 'destroy', id: 'feed' }],
    ['an action of Object.prototype', { type: 'propose', action: 'toString', id: 'feed' }],
    ['a list of actions', { type: 'propose', action: ['close'], id: 'feed' }],
    ['an action with the ticket left out', { type: 'act', action: 'close', id: 'feed' }],
    ['an action of a reporter', { type: 'propose', action: 'close', id: 'feed', reporter: 'shop' }],
    ['an id that is not there', { type: 'propose', action: 'close', id: '__proto__' }],
  ])('inspector actions: refuses %s', async (_, message) => {
    const { visit, untouched } = await acting();
    const visitor = await visit();
    await refusal(visitor, message);
    expect(visitor.all('proposed')).toEqual([]);
    await untouched();
  });

  test('inspector actions: a socket without the token, with a wrong one, or from another site is refused', async () => {
    const { inspector, untouched } = await acting();
    const url = wireUrl(inspector);
    expect(await upgradeStatus(url.replace(/\?.*/, ''))).toBe(401);
    expect(await upgradeStatus(wireUrl(inspector, 'A'.repeat(22)))).toBe(403);
    // With the token, as a page of another site that has learned it.
    for (const origin of [
      'http://evil.example',
      'null',
      'https://127.0.0.1',
      'http://127.0.0.1:1',
      'file://',
    ])
      expect(await upgradeStatus(url, { origin }), origin).toBe(403);
    expect(await upgradeStatus(url, { headers: { Host: 'rebound.example' } })).toBe(421);
    await untouched();
  });

  test.each([
    ['a form of another site', 'POST', { 'Content-Type': 'text/plain', Origin: 'http://evil.example' }, 403],
    ['a form without Origin', 'POST', { 'Content-Type': 'application/x-www-form-urlencoded' }, 405],
    ['a PUT of the page itself', 'PUT', {}, 405],
    ['an image of another site', 'GET', {}, 404],
  ])('inspector actions: no request acts: %s', async (_, method, headers, status) => {
    const { inspector, untouched } = await acting();
    const token = tokenOf(inspector);
    for (const path of ['/act', '/propose', '/wire', '/connections/feed/close', '/?action=close&id=feed']) {
      const url = `${path}${path.includes('?') ? '&' : '?'}token=${token}`;
      const answer = await ask(inspector, url, headers as Record<string, string>, method);
      expect([status, 200], path).toContain(answer.status);
      if (answer.status === 200) expect(path).toMatch(/^\/\?/);
    }
    await untouched();
  });

  test('inspector actions: connections of a process that reports are out of reach', async () => {
    const { page, visit, until } = await reporting({ actions: true });
    const feed = page.supervisor.connect({ id: 'feed', url: 'memory://feed' });
    await page.clock.run(1000);
    const visitor = await visit();
    await until(() => visitor.rows('shop').size === 1);
    visitor.say({ type: 'propose', action: 'close', id: 'feed' });
    await until(() => visitor.all('refused').length === 1);
    expect(visitor.all('refused')[0]?.why).toContain('no connection has the id');
    expect(feed.status).toBe('running');
  });

  test('inspector actions: an inspector without a supervisor has none', async () => {
    const visitor = new Visitor(await inspected(undefined, { actions: true, reports: true }));
    expect(await visitor.saw('hello')).not.toHaveProperty('mayAct');
  });
});
