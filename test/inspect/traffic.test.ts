/** Traffic, outboxes, peers, labels and the process on the wire of the inspector. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { createInspector } from '../../src/inspect/server.ts';
import { coreOf } from '../../src/inspect/supervisor-view.ts';
import { line } from '../../src/protocols/line.ts';
import { tls } from '../../src/transport/tls.ts';
import { supervision } from '../support/supervision.ts';
import { lineServer, world } from '../support/world.ts';
import { certificate, later } from '../transport/peers.ts';
import { reporting } from './reports/reporting.ts';
import { inspected, pageFolder, Visitor } from './visitor.ts';

const url = 'memory://feed';

interface Flow {
  readonly messages: number;
  readonly bytes: number;
  readonly messageRate: number;
  readonly byteRate: number;
}

type Traffic = Record<'in' | 'out', Flow> & { readonly since: number; readonly outbox: object };

async function look(options: Parameters<typeof world>[0] = {}) {
  const here = world({ recorder: flightRecorder(), ...options });
  here.network.serve('feed', lineServer);
  later(() => here.supervisor.actor.stop());
  const inspector = await inspected(here.supervisor);
  return { ...here, inspector, visit: () => Visitor.to(inspector) };
}

const trafficOf = (visitor: Visitor, id: string) => visitor.rows().get(id)?.traffic as Traffic | undefined;

describe('inspector traffic', () => {
  test('inspector traffic: counts messages and bytes from the first viewer on, with rates over the last second', async () => {
    const { supervisor, clock, visit } = await look({ heartbeat: { interval: '1h' } });
    const feed = supervisor.connect({ id: 'feed', url });
    await clock.run(500);
    void feed.send('before');
    await clock.run(100);
    const visitor = await visit();
    for (const text of ['one', 'three', 'seven']) void feed.send(text);
    await clock.run(1000);
    await visitor.until(() => trafficOf(visitor, 'feed') !== undefined);
    // A line is its text and the end of it; the server echoes each.
    const flow = { messages: 3, bytes: 16, messageRate: 3, byteRate: 16 };
    expect(trafficOf(visitor, 'feed')).toMatchObject({
      in: flow,
      out: flow,
      outbox: { messages: 0, bytes: 0 },
    });
    await clock.run(1000);
    await visitor.until(() => trafficOf(visitor, 'feed')?.in.messageRate === 0);
    expect(trafficOf(visitor, 'feed')?.in).toEqual({ messages: 3, bytes: 16, messageRate: 0, byteRate: 0 });
    const told = visitor.all('delta').length;
    await clock.run(5000);
    await turn();
    expect(visitor.all('delta').length).toBe(told);
  });

  test('inspector traffic: heartbeats are bytes and no messages', async () => {
    const { supervisor, clock, visit } = await look({ heartbeat: { interval: 400 } });
    supervisor.connect({ id: 'feed', url });
    await clock.run(500);
    const visitor = await visit();
    await clock.run(1000);
    await visitor.until(() => trafficOf(visitor, 'feed') !== undefined);
    expect(trafficOf(visitor, 'feed')?.in.bytes).toBeGreaterThan(0);
    expect(trafficOf(visitor, 'feed')).toMatchObject({ in: { messages: 0 }, out: { messages: 0 } });
  });

  test('inspector traffic: counts what comes from a peer that was never alive before', async () => {
    const { supervisor, clock, network, visit } = await look();
    network.serve('chatty', (peer) => void peer.write('PONG\nhello\nworld\n'));
    const visitor = await visit();
    supervisor.connect({ id: 'chat', url: 'memory://chatty' });
    await clock.run(2000);
    await visitor.until(() => trafficOf(visitor, 'chat')?.in.messages === 2);
    expect(trafficOf(visitor, 'chat')?.in.bytes).toBe(17);
  });

  test('inspector traffic: tells how much waits in an outbox', async () => {
    const { supervisor, clock, visit } = await look();
    const feed = supervisor.connect({ id: 'feed', url: 'memory://nobody' });
    const visitor = await visit();
    for (const text of ['one', 'two']) void feed.send(text);
    await clock.run(2000);
    await visitor.until(() => trafficOf(visitor, 'feed') !== undefined);
    expect(trafficOf(visitor, 'feed')?.outbox).toEqual({ messages: 2, bytes: 8 });
  });

  test('inspector traffic: nothing is counted without a viewer, and two inspectors share the counts', async () => {
    const { supervisor, inspector, visit } = await look();
    const second = await createInspector(supervisor, { page: pageFolder() });
    later(() => second.close());
    expect(coreOf(supervisor).trafficOf).toBeUndefined();
    const [one, two] = [await visit(), await Visitor.to(second)];
    expect(coreOf(supervisor).trafficOf).toBeDefined();
    one.socket.close();
    await one.until(() => inspector.viewers === 0 && one.closed !== undefined);
    expect(coreOf(supervisor).trafficOf).toBeDefined();
    await second.close();
    await two.until(() => two.closed !== undefined);
    expect(coreOf(supervisor).trafficOf).toBeUndefined();
  });
});

describe('inspector peers', () => {
  test('inspector peers: a watched connection has address, version of TLS, cipher and certificate', async () => {
    const secure = tls({ ...certificate, ca: certificate.cert });
    const { supervisor, events } = supervision({ transports: [secure] });
    const listener = await supervisor.listen({ url: 'tls://127.0.0.1:0', protocol: line() });
    supervisor.connect({ id: 'feed', url: listener.url.replace('127.0.0.1', 'localhost'), protocol: line() });
    await events.saw({ event: 'state', connection: 'feed', to: 'alive' });
    const visitor = await Visitor.to(await inspected(supervisor));
    expect(visitor.rows().get('feed')).not.toHaveProperty('peer');
    visitor.say({ type: 'watch', id: 'feed' });
    await visitor.until(() => visitor.rows().get('feed')?.peer !== undefined);
    expect(visitor.rows().get('feed')?.peer).toMatchObject({
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      port: Number(new URL(listener.url).port),
      tls: {
        version: 'TLSv1.3',
        cipher: expect.stringMatching(/^TLS_/),
        authorized: true,
        resumed: false,
        certificate: {
          subject: 'CN=localhost',
          names: expect.stringContaining('DNS:localhost'),
          validTo: Date.UTC(2120, 0),
          fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/),
        },
      },
    });
  });
});

describe('inspector labels', () => {
  test('inspector labels: rows have those of the program, bounded; one that throws is reported', async () => {
    const here = world();
    later(() => here.supervisor.actor.stop());
    const labels = ({ id }: { readonly id: string }) => {
      if (id === 'bad') throw new Error('no labels');
      if (id === 'odd') return { team: 7 } as unknown as Record<string, string>;
      return id === 'plain' ? undefined : { team: 'prices', note: 'x'.repeat(2000) };
    };
    for (const id of ['feed', 'plain', 'bad', 'odd']) here.supervisor.connect({ id, url });
    const visitor = await Visitor.to(await inspected(here.supervisor, { labels }));
    const rows = visitor.rows();
    expect(rows.get('feed')?.labels).toMatchObject({
      team: 'prices',
      note: expect.stringMatching(/^x{500}…$/),
    });
    for (const id of ['plain', 'bad', 'odd']) expect(rows.get(id)).not.toHaveProperty('labels');
    expect(here.reported.map(([error, where]) => [String(error), where])).toEqual([
      ['Error: no labels', 'labels'],
      ['TypeError: labels.team: number is not a text', 'labels'],
    ]);
  });
});

describe('inspector process', () => {
  test('inspector process: tells lag, load and memory once a second', async () => {
    const { clock, visit } = await look();
    const visitor = await visit();
    await clock.run(2500);
    await visitor.until(() => visitor.all('process').length === 2);
    const [first] = visitor.all('process');
    expect(first).toMatchObject({ lagMs: 0, busy: expect.any(Number), cpu: expect.any(Number) });
    expect(first?.rssBytes).toBeGreaterThan(1e6);
    expect(first?.heapBytes).toBeGreaterThan(1e6);
  });

  test('inspector process: a held event loop shows as lag', async () => {
    const { supervisor } = supervision();
    const visitor = await Visitor.to(await inspected(supervisor));
    await visitor.saw('process');
    const until = performance.now() + 300;
    while (performance.now() < until);
    await visitor.saw('process', ({ lagMs }) => lagMs >= 150);
  });

  test('inspector process: a reporter tells of its own process, and of its traffic', async () => {
    const { page, visit, until } = await reporting({}, { labels: () => ({ team: 'shop' }) });
    const feed = page.supervisor.connect({ id: 'feed', url, heartbeat: { interval: '1h' } });
    await page.clock.run(500);
    const visitor = await visit();
    await until(() => visitor.rows('shop').size === 1);
    void feed.send('one');
    await until(() => visitor.rows('shop').get('feed')?.traffic !== undefined);
    expect(visitor.rows('shop').get('feed')).toMatchObject({
      labels: { team: 'shop' },
      traffic: { out: { messages: 1 } },
    });
    await until(() => visitor.all('process').some(({ reporter }) => reporter === 'shop'));
  });
});
