/** MQTT 3.1.1 and 5 at mosquitto, and 3.1.1 at aedes. */
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LifecycleEvent } from '../../src/actors/supervisor/events.ts';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { PolicyConfig } from '../../src/config/policy.ts';
import {
  type MqttAgreed,
  type MqttIn,
  type MqttMessage,
  type MqttOptions,
  type MqttOut,
  mqtt,
} from '../../src/mqtt.ts';
import { aedes } from './support/aedes.ts';
import { describeWith } from './support/installed.ts';
import { mosquitto } from './support/mosquitto.ts';
import { startProgram } from './support/program.ts';
import { scenario } from './support/scenario.ts';
import type { Server } from './support/server.ts';
import { type Watched, watched } from './support/watched.ts';

type MqttConnection = Connection<MqttIn, MqttOut, MqttAgreed>;

const login = { username: 'u', password: 'secret' };
const wrong = { handshake: { username: 'u', password: 'wrong' } };
const programs = ['mosquitto', 'mosquitto_passwd'];

const mqtt4 = mqtt();
const mqtt5 = mqtt({ version: 5 });

for (const { name, protocol, start, needs } of [
  { name: 'MQTT 3.1.1 at mosquitto', protocol: mqtt4, start: () => mosquitto({ login }), needs: programs },
  { name: 'MQTT 5 at mosquitto', protocol: mqtt5, start: () => mosquitto({ login }), needs: programs },
  { name: 'MQTT 3.1.1 at aedes', protocol: mqtt4, start: () => aedes(login), needs: [] },
]) {
  scenario<MqttIn, MqttOut, Server>({
    name,
    programs: needs,
    start,
    connect: (server) => ({ url: urlOf(server), protocol, credentials: { handshake: login } }),
    wrong,
    business: echo,
    stopped: ['cut-off', 'reset'],
  });
}

describeWith(programs, 'mosquitto', () => {
  const opened: Watched[] = [];
  let server: Server;
  beforeAll(async () => {
    server = await mosquitto({ config: ['max_keepalive 10'] });
  });
  afterEach(() => Promise.all(opened.splice(0).map(({ supervisor }) => supervisor.stop())));
  afterAll(() => server.kill());

  /** A supervised client that is alive. */
  async function client(options: MqttOptions = {}, policy?: PolicyConfig, id = 'client') {
    const supervised = watched(policy, () => server.log());
    opened.push(supervised);
    const connection = supervised.supervisor.connect({ id, url: urlOf(server), protocol: mqtt(options) });
    await supervised.sights.within(connection.ready(), 'ready');
    return { ...supervised, connection };
  }

  /** A client that sees all wills. */
  async function observer() {
    const seen = await client();
    const topics: string[] = [];
    seen.connection.messages$.subscribe((message) => {
      if (message.cmd === 'publish') topics.push(message.topic);
    });
    await subscribe(seen.connection, 'will/#');
    return { ...seen, topics };
  }

  const gentle: readonly {
    kind: string;
    policy?: PolicyConfig;
    end?(watched: Watched, it: MqttConnection): unknown;
  }[] = [
    { kind: 'close()', end: (_, connection) => connection.close() },
    { kind: 'stop()', end: ({ supervisor }) => supervisor.stop() },
    { kind: 'maxAge', policy: { deadlines: { maxAge: 300 } } },
    { kind: 'idle', policy: { deadlines: { idle: 300 } } },
  ];

  test.each(gentle)('mosquitto: no will is published on $kind', async ({ kind, policy = {}, end }) => {
    const { connection: seeing, topics, sights } = await observer();
    const clientId = `gentle-${kind.replace('()', '')}`;
    const leaver = await client(
      { clientId, will: { topic: 'will/gentle', payload: clientId } },
      { ...policy, reconnect: { restart: 'temporary' } },
    );
    await end?.(leaver, leaver.connection);
    await leaver.sights.within(leaver.connection.closed, `the end by ${kind}`);
    const farewell = new RegExp(`Client ${clientId} disconnected`);
    await sights.within(
      expect.poll(() => server.log(), { timeout: 5000 }).toMatch(farewell),
      'its DISCONNECT',
    );
    await seeing.send({ cmd: 'publish', topic: 'will/marker', payload: '' });
    await sights.within(expect.poll(() => topics, { timeout: 5000 }).toContain('will/marker'), 'the marker');
    expect(topics).toEqual(['will/marker']);
  });

  test('mosquitto: SIGKILL of the client has its will published', async () => {
    const { topics, sights } = await observer();
    const program = await startProgram({
      command: process.execPath,
      args: [
        '--import',
        'tsx',
        fileURLToPath(new URL('../fixtures/mqtt-client.mjs', import.meta.url)),
        urlOf(server),
      ],
      ready: /alive/,
    });
    await program.kill();
    await sights.within(expect.poll(() => topics, { timeout: 5000 }).toEqual(['will/killed']), 'the will');
  });

  test.each([
    { kind: 'three keepalives', options: {}, policy: {}, keepalive: 1, silentFor: 3000 },
    {
      kind: "the server's own keepalive, and longer than it waits",
      options: { version: 5 },
      policy: { heartbeat: { interval: 30_000 } },
      keepalive: 10,
      silentFor: 15_000,
    },
  ] as const)(
    'mosquitto: a client that is silent for $kind is still there',
    async ({ options, policy, keepalive, silentFor }) => {
      const { connection, sights } = await client(options, policy);
      expect(connection.agreed?.keepalive).toBe(keepalive);
      const from = performance.now();
      await sights.sees('as much silence', () => performance.now() - from > silentFor, 30_000);
      expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
    },
  );

  test('mosquitto: a session that was kept is told, and its subscriptions are in force', async () => {
    const { connection, sights } = await client({ clientId: 'kept', clean: false });
    expect(connection.agreed).toMatchObject({ clientId: 'kept', sessionPresent: false });
    await subscribe(connection, 'kept/topic');
    connection.reconnect();
    await sights.sees(
      'the second incarnation',
      () => connection.incarnation === 2 && connection.state === 'alive',
    );
    expect(connection.agreed).toMatchObject({ sessionPresent: true });
    const arrived = first(connection, 'publish');
    const other = await client();
    const receipt = await other.connection.send({
      cmd: 'publish',
      topic: 'kept/topic',
      payload: 'x',
      qos: 1,
    });
    expect(await receipt.confirmed).toBe('confirmed');
    expect(await sights.within(arrived, 'its message')).toMatchObject({ topic: 'kept/topic', qos: 1 });
  });

  test.each([
    { version: 4, qos: 0 },
    { version: 4, qos: 1 },
    { version: 5, qos: 1 },
    { version: 5, qos: 2 },
  ] as const)(
    'mosquitto: 200 messages of QoS $qos in version $version are confirmed',
    async ({ version, qos }) => {
      const { connection, sights } = await client({ version });
      const sent = Array.from({ length: 200 }, () =>
        connection.send({ cmd: 'publish', topic: 'b', payload: 'x', qos }),
      );
      const receipts = await Promise.all(sent);
      const outcomes = Promise.all(receipts.map(({ confirmed }) => confirmed));
      expect(new Set(await sights.within(outcomes, 'all confirmed'))).toEqual(new Set(['confirmed']));
      expect(connection.incarnation).toBe(1);
    },
  );

  test.each([0, 1, 2] as const)(
    'mosquitto: 100 messages of QoS %i arrive once, in order, and none again on the next connection',
    async (qos) => {
      const { connection, sights } = await client({ clientId: `reader-${qos}`, clean: false });
      const bodies: string[] = [];
      connection.messages$.subscribe((message) => {
        if (message.cmd === 'publish') bodies.push(Buffer.from(message.payload).toString());
      });
      await subscribe(connection, `to/${qos}`, qos);
      const numbers = Array.from({ length: 100 }, (_, at) => String(at));
      for (const body of numbers)
        void connection.send({ cmd: 'publish', topic: `to/${qos}`, payload: body, qos });
      await sights.within(expect.poll(() => bodies, { timeout: 5000 }).toEqual(numbers), 'all messages');
      connection.reconnect();
      await sights.sees(
        'the second incarnation',
        () => connection.incarnation === 2 && connection.state === 'alive',
      );
      await sights.within(echo(connection), 'a message after it');
      expect(bodies.slice(numbers.length)).toEqual(['hi']);
    },
  );

  test('mosquitto: two clients of 3.1.1 with one id are the event warning after three quick turns', async () => {
    const events: LifecycleEvent[] = [];
    const twins = [await client({ clientId: 'twin' }), await client({ clientId: 'twin' })] as const;
    for (const { supervisor } of twins) supervisor.events$.subscribe((event) => events.push(event));
    const warned = () => events.some(({ event }) => event === 'warning');
    await twins[0].sights.within(expect.poll(warned, { timeout: 10_000 }).toBe(true), 'the warning');
    const at = events.findIndex(({ event }) => event === 'warning');
    expect(events[at]).toMatchObject({ detail: expect.stringContaining('the client id "twin"') });
    const ends = events.slice(0, at).filter((event) => event.event === 'state' && event.to === 'closed');
    expect(ends.length).toBeGreaterThanOrEqual(2);
  });
});

function urlOf({ address }: Server): string {
  return `mqtt://${address}`;
}

function first<Cmd extends MqttIn['cmd']>(
  { messages$ }: Pick<Connection<MqttIn, MqttOut>, 'messages$'>,
  cmd: Cmd,
): Promise<MqttIn & { cmd: Cmd }> {
  return new Promise((resolve) => {
    const subscription = messages$.subscribe((message) => {
      if (message.cmd !== cmd) return;
      subscription.unsubscribe();
      resolve(message as MqttIn & { cmd: Cmd });
    });
  });
}

async function subscribe(
  connection: Connection<MqttIn, MqttOut>,
  topic: string,
  qos: 0 | 1 | 2 = 1,
): Promise<void> {
  const answered = first(connection, 'suback');
  await connection.send({ cmd: 'subscribe', subscriptions: [{ topic, qos }] });
  expect(await answered).toMatchObject({ granted: [qos] });
}

async function echo(connection: Connection<MqttIn, MqttOut>): Promise<MqttMessage> {
  const topic = 'echo/a';
  await subscribe(connection, topic);
  const arrived = first(connection, 'publish');
  await connection.send({ cmd: 'publish', topic, payload: 'hi' });
  const message = await arrived;
  expect(Buffer.from(message.payload).toString()).toBe('hi');
  return message;
}
