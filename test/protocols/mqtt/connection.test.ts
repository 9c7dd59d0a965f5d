/** MQTT under a supervisor, with a scripted broker on a simulated network, in virtual time. */
import { type Packet, parser } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import type { PolicyConfig } from '../../../src/config/policy.ts';
import { mqtt } from '../../../src/protocols/mqtt/mqtt.ts';
import type { MqttOptions } from '../../../src/protocols/mqtt/options.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, type World, world } from '../../support/world.ts';
import { connack, packet } from './peer.ts';

interface Broker {
  /** By connection, what it received. */
  readonly received: Packet[][];
  readonly peers: MemoryPeer[];
}

/** Answers CONNECT with `answer`, and PINGREQ; drops a client after 1.5 times its keepalive, as servers do. */
function broker({ network, clock }: World, answer: Uint8Array, keepalive?: number): Broker {
  const received: Packet[][] = [];
  const peers: MemoryPeer[] = [];
  network.serve('broker', (peer) => {
    const mine: Packet[] = [];
    received.push(mine);
    peers.push(peer);
    let seconds = 0;
    let heardAt = clock.scheduler.now();
    let gone = false;
    peer.onClose = () => {
      gone = true;
    };
    const drop = () => {
      if (gone) return;
      const silent = clock.scheduler.now() - heardAt;
      if (silent >= seconds * 1500) peer.reset();
      else clock.scheduler.schedule(drop, seconds * 1500 - silent);
    };
    const reader = parser({ protocolVersion: 5 });
    reader.on('packet', (each) => {
      heardAt = clock.scheduler.now();
      mine.push(each);
      if (each.cmd === 'connect') {
        seconds = keepalive ?? each.keepalive ?? 0;
        if (seconds > 0) drop();
        peer.write(answer);
      }
      if (each.cmd === 'pingreq') peer.write(packet({ cmd: 'pingresp' }));
    });
    peer.onData = (chunk) => void reader.parse(Buffer.from(chunk));
  });
  return { received, peers };
}

function dial(at: World, options: MqttOptions = {}, policy: PolicyConfig = {}) {
  return at.supervisor.connect({ id: 'it', url: 'memory://broker', protocol: mqtt(options), ...policy });
}

/** A dial a second after each end. */
const fixed = {
  reconnect: { backoff: { type: 'fixed', delay: 1000, jitter: 'none' } },
} as const satisfies PolicyConfig;

describe('mqtt: supervised', () => {
  test('mqtt: a session taken over (0x8E) is replaced, fatal, and not dialled again', async () => {
    const at = world();
    const { peers } = broker(at, connack({}, 5));
    const connection = dial(at, { version: 5, clientId: 'twin' });
    await at.clock.run(100);
    expect(connection.state).toBe('alive');
    peers[0]?.write(packet({ cmd: 'disconnect', reasonCode: 0x8e }, 5));
    await at.clock.run(120_000);
    expect(await connection.closed).toMatchObject({ reason: 'replaced', class: 'fatal', code: 0x8e });
    expect([connection.status, connection.incarnation]).toEqual(['gave-up', 1]);
  });

  test.each([
    { kind: 'its own keepalive', interval: 10_000, answer: connack({}, 5), keepalive: undefined },
    {
      kind: 'a shorter keepalive of the server',
      interval: 60_000,
      answer: connack({ properties: { serverKeepAlive: 3 } }, 5),
      keepalive: 3,
    },
  ])('mqtt: a client idle for ten minutes stays within $kind', async ({ interval, answer, keepalive }) => {
    const at = world();
    const { received } = broker(at, answer, keepalive);
    const connection = dial(at, { version: 5 }, { heartbeat: { interval } });
    await at.clock.run(600_000);
    expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
    expect(received[0]?.length).toBeGreaterThan(60);
  });

  const ends: readonly { kind: string; policy: PolicyConfig; end(at: World): void }[] = [
    { kind: 'close()', policy: {}, end: (at: World) => void at.supervisor.get('it')?.close() },
    { kind: 'stop()', policy: {}, end: (at: World) => void at.supervisor.stop() },
    { kind: 'reconnect()', policy: {}, end: (at: World) => at.supervisor.get('it')?.reconnect() },
    { kind: 'maxAge', policy: { deadlines: { maxAge: 5000 } }, end: () => {} },
    { kind: 'idle', policy: { deadlines: { idle: 5000 } }, end: () => {} },
  ];

  test.each(ends)('mqtt: DISCONNECT is the last packet on $kind', async ({ policy, end }) => {
    const at = world();
    const { received } = broker(at, connack());
    dial(at, {}, policy);
    await at.clock.run(1000);
    end(at);
    await at.clock.run(10_000);
    expect(received[0]?.at(-1)).toMatchObject({ cmd: 'disconnect' });
  });

  test('mqtt: a refused login is unauthorized after one attempt, and agreed has what a CONNACK said', async () => {
    const at = world();
    broker(at, connack({ returnCode: 5 }));
    const connection = dial(at);
    await at.clock.run(60_000);
    expect(await connection.closed).toMatchObject({ reason: 'unauthorized', code: 5 });
    const other = world();
    broker(other, connack({ sessionPresent: true }));
    const alive = dial(other, { clientId: 'a', clean: false });
    await other.clock.run(1000);
    expect(alive.agreed).toEqual({
      version: 4,
      clientId: 'a',
      sessionPresent: true,
      keepalive: 15,
      properties: {},
    });
  });

  test('mqtt: receipts settle by PUBACK, and those without one as written-unconfirmed at the end', async () => {
    const at = world();
    const { peers } = broker(at, connack());
    const connection = dial(at);
    const sent = [1, 1, 0].map((qos) =>
      connection.send({ cmd: 'publish', topic: 'a', payload: '', qos: qos as 0 | 1 }),
    );
    const outcomes: string[] = [];
    for (const [index, each] of sent.entries())
      void each.then(({ confirmed }) => confirmed.then((outcome) => outcomes.push(`${index} ${outcome}`)));
    await at.clock.run(1000);
    peers[0]?.write(packet({ cmd: 'puback', messageId: 2 }));
    await at.clock.run(1000);
    expect(outcomes).toEqual(['1 confirmed']);
    await at.clock.run(15_000);
    expect(outcomes).toEqual(['1 confirmed', '2 confirmed']);
    peers[0]?.reset();
    await at.clock.run(100);
    expect(outcomes.at(-1)).toBe('0 written-unconfirmed');
    await expectNothingLeft(at);
  });

  test('mqtt: the code of two clients with one id can be moved to fatal, which ends the chase', async () => {
    const at = world();
    const { peers } = broker(at, connack());
    const connection = dial(
      at,
      { clientId: 'twin' },
      { reconnect: { ...fixed.reconnect, codes: { CLIENT_ID_IN_USE: 'fatal' } } },
    );
    for (let turn = 0; turn < 5; turn++) {
      await at.clock.run(1100);
      peers.at(-1)?.end();
    }
    await at.clock.run(60_000);
    expect(await connection.closed).toMatchObject({
      reason: 'cut-off',
      class: 'fatal',
      code: 'CLIENT_ID_IN_USE',
    });
    expect(connection.incarnation).toBe(3);
  });

  test('mqtt: two clients with one id are the event warning after three quick turns', async () => {
    const at = world();
    const { peers } = broker(at, connack());
    dial(at, { clientId: 'twin' }, fixed);
    const warnings = () => at.events.filter(({ event }) => event === 'warning');
    for (let turn = 1; turn <= 5; turn++) {
      await at.clock.run(1100);
      expect(warnings()).toHaveLength(turn > 3 ? 1 : 0);
      peers.at(-1)?.end();
    }
    await at.clock.run(100);
    expect(warnings()).toMatchObject([
      { connection: 'it', incarnation: 3, detail: expect.stringContaining('the client id "twin"') },
    ]);
  });

  const publish = (topic: string, qos: 0 | 1 = 1) => ({ cmd: 'publish', topic, payload: '', qos }) as const;
  const topics = (packets: readonly Packet[] = []) =>
    packets.flatMap((each) => (each.cmd === 'publish' ? [each.topic] : []));

  test('mqtt: messages beyond the window wait in the outbox, and none overtakes another', async () => {
    const at = world();
    const { peers, received } = broker(at, connack());
    const connection = dial(at, { maxInFlight: 2 });
    await at.clock.run(100);
    const written: string[] = [];
    for (const [topic, qos] of Object.entries({ a: 1, b: 1, c: 1, d: 0, e: 1 } as const))
      void connection.send(publish(topic, qos)).then(() => written.push(topic));
    await at.clock.run(600_000);
    expect([connection.state, connection.incarnation]).toEqual(['alive', 1]);
    expect([topics(received[0]), written]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(connection.buffered.messages).toBe(3);
    peers[0]?.write(packet({ cmd: 'puback', messageId: 2 }));
    await at.clock.run(100);
    expect(written).toEqual(['a', 'b', 'c']);
    peers[0]?.write(packet({ cmd: 'puback', messageId: 1 }));
    await at.clock.run(100);
    expect([topics(received[0]), written]).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      ['a', 'b', 'c', 'd', 'e'],
    ]);
  });

  test('mqtt: the acknowledgement of a message of setup lets the next message go', async () => {
    const at = world();
    const { peers, received } = broker(at, connack());
    const connection = dial(at, { maxInFlight: 1, setup: [publish('setup')] });
    void connection.send(publish('mine'));
    await at.clock.run(5000);
    expect(topics(received[0])).toEqual(['setup']);
    peers[0]?.write(packet({ cmd: 'puback', messageId: 1 }));
    await at.clock.run(100);
    expect(topics(received[0])).toEqual(['setup', 'mine']);
  });

  test.each([
    { server: 'that acknowledges', acknowledges: true, left: ['a', 'b', 'c', 'd'] },
    { server: 'that does not', acknowledges: false, left: ['a'] },
  ])(
    'mqtt: close() at a server $server sends what the window lets through, then DISCONNECT',
    async ({ acknowledges, left }) => {
      const at = world();
      const { peers, received } = broker(at, connack());
      const connection = dial(at, { maxInFlight: 1 }, { deadlines: { close: 5000 } });
      await at.clock.run(100);
      const outcomes: string[] = [];
      for (const topic of ['a', 'b', 'c', 'd'])
        void connection.send(publish(topic)).then(
          () => outcomes.push(`${topic} written`),
          (error) => outcomes.push(`${topic} ${error.outcome}`),
        );
      await at.clock.run(100);
      void connection.close();
      for (let messageId = 1; messageId <= 4; messageId++) {
        await at.clock.run(1000);
        if (acknowledges) peers[0]?.write(packet({ cmd: 'puback', messageId }));
      }
      await at.clock.run(10_000);
      expect(topics(received[0])).toEqual(left);
      expect(received[0]?.at(-1)).toMatchObject({ cmd: 'disconnect' });
      expect(outcomes.toSorted()).toEqual(
        ['a', 'b', 'c', 'd'].map((topic) => `${topic} ${left.includes(topic) ? 'written' : 'never-sent'}`),
      );
      expect(await connection.closed).toMatchObject({ reason: 'closed-by-us' });
      await expectNothingLeft(at);
    },
  );
});
