import { describe, expect, test } from 'vitest';
import { createActor, setup } from 'xstate';
import {
  type ConnectionLogicOptions,
  connectionLogic,
  sendMessage,
} from '../../../src/actors/incarnation/unsupervised.ts';
import { stateOf } from '../../../src/machines/connection.ts';
import type { Exit } from '../../../src/policy/exits.ts';
import type { HandshakeIo } from '../../../src/ports/protocol.ts';
import { line } from '../../../src/protocols/line.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';
import { Timekeeper } from '../../../src/time/timekeeper.ts';
import { lineServer } from '../../support/world.ts';

function lonely(options: Partial<ConnectionLogicOptions<string, string>> = {}) {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  const logic = connectionLogic({
    transport: network.transport,
    protocol: line(),
    url: 'memory://feed',
    clock,
    ...options,
  });
  return { clock, network, logic };
}

describe('connectionLogic: the chart in an actor system of its own', () => {
  test('runs without a supervisor, carries messages, and ends with an exit', async () => {
    const received: string[] = [];
    const { clock, network, logic } = lonely({ onMessage: (text) => received.push(text) });
    network.serve('feed', lineServer);
    const actor = createActor(logic).start();
    await clock.run(10);
    expect(stateOf(actor.getSnapshot())).toBe('alive');
    const sent = sendMessage(actor, 'hello');
    await clock.run(10);
    await expect(sent).resolves.toEqual({ outcome: 'written' });
    expect(received).toEqual(['hello']);
    actor.send({ type: 'close' });
    await clock.run(10);
    expect(actor.getSnapshot().output).toMatchObject({
      reason: 'closed-by-us',
      class: 'normal',
      proved: true,
    });
    expect(clock.pending).toBe(0);
  });

  test('presents its credentials to the handshake of its protocol, and permits silence to a message', async () => {
    const seen: unknown[] = [];
    const protocol = withDialogue(line(), () => ({
      handshake: async ({ credentials, previous }: HandshakeIo) => void seen.push(credentials, previous),
    }));
    const heartbeat = { interval: 1000, condemnAfter: 1000 };
    const credentials = () => ({ handshake: { password: 'secret' } });
    const { clock, network, logic } = lonely({ protocol, credentials, heartbeat });
    network.serve('feed', (peer) => {
      peer.onData = () => {};
    });
    const actor = createActor(logic).start();
    await clock.run(10);
    expect(seen).toEqual([{ handshake: { password: 'secret' } }, undefined]);
    void sendMessage(actor, 'work', { silence: '20s' });
    await clock.run(19_900);
    expect(stateOf(actor.getSnapshot())).toBe('alive');
    await clock.run(3000);
    expect(actor.getSnapshot().output).toMatchObject({ reason: 'heartbeat-timeout' });
    expect(clock.pending).toBe(0);
  });

  test('reports what onMessage throws and the rejection of its promise to onError, and goes on', async () => {
    const heard: string[] = [];
    const { clock, network, logic } = lonely({
      onMessage: (text) => {
        if (text === 'one') throw new Error(text);
        return Promise.reject(new Error(text));
      },
      onError: (error) => heard.push((error as Error).message),
    });
    network.serve('feed', (peer) => {
      lineServer(peer);
      peer.write('one\ntwo\n');
    });
    const actor = createActor(logic).start();
    await clock.run(10);
    expect([heard, stateOf(actor.getSnapshot())]).toEqual([['one', 'two'], 'alive']);
    actor.stop();
  });

  test.each([
    ['connect-timeout', 10_000, 'blackhole'],
    ['handshake-timeout', 10_002, 'freeze'],
  ] as const)('meets its deadlines: %s', async (reason, ms, fault) => {
    const { clock, network, logic } = lonely();
    network.serve('feed', lineServer);
    network.host('feed')[fault]();
    const actor = createActor(logic).start();
    await clock.run(ms - 10);
    expect(actor.getSnapshot().status).toBe('active');
    await clock.run(20);
    expect(actor.getSnapshot().output).toMatchObject({ reason });
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['idle-timeout', { idle: '3s' }],
    ['max-age', { maxAge: '3s' }],
  ] as const)('meets its deadlines: %s', async (reason, deadlines) => {
    const { clock, network, logic } = lonely({ deadlines });
    network.serve('feed', lineServer);
    const actor = createActor(logic).start();
    await clock.run(3100);
    expect(actor.getSnapshot().output).toMatchObject({ reason, livedMs: 3000 });
  });

  test('meets its deadlines: heartbeat-timeout', async () => {
    const { clock, network, logic } = lonely();
    network.serve('feed', lineServer);
    const actor = createActor(logic).start();
    await clock.run(100);
    network.host('feed').freeze();
    await clock.run(20_100);
    expect(actor.getSnapshot().output).toMatchObject({ reason: 'heartbeat-timeout' });
  });

  test('shares a timekeeper with other logics, and each heartbeat is sent once', async () => {
    const clock = virtualClock();
    const timekeeper = new Timekeeper(clock);
    const network = memoryNetwork({ clock });
    const heard: string[] = [];
    network.serve('feed', (peer) => {
      lineServer(peer);
      const { onData } = peer;
      peer.onData = (chunk) => {
        heard.push(new TextDecoder().decode(chunk));
        onData?.call(peer, chunk);
      };
    });
    for (let logics = 0; logics < 2; logics++)
      createActor(lonely({ transport: network.transport, timekeeper }).logic).start();
    await clock.run(9000);
    const before = heard.length;
    await clock.run(1100);
    expect(heard.slice(before)).toEqual(['PING\n', 'PING\n']);
  });

  test('takes messages with an age and a signal', async () => {
    const { clock, network, logic } = lonely();
    network.host('feed').blackhole();
    const actor = createActor(logic).start();
    const outcomes = Promise.allSettled([
      sendMessage(actor, 'a', { expiresIn: 50 }),
      sendMessage(actor, 'b', { signal: AbortSignal.abort() }),
    ]);
    await clock.run(60);
    expect(await outcomes).toMatchObject([
      { reason: { outcome: 'expired' } },
      { reason: { outcome: 'never-sent' } },
    ]);
    actor.stop();
    await clock.run(10);
    expect(clock.pending).toBe(0);
  });

  test('drops its socket when it is stopped, and says nothing more', async () => {
    const { clock, network, logic } = lonely();
    network.serve('feed', lineServer);
    const actor = createActor(logic).start();
    await clock.run(10);
    const pending = sendMessage(actor, 'x');
    actor.stop();
    await clock.run(10);
    expect(network.audit().open).toEqual({ dial: 0, accept: 0 });
    expect(clock.pending).toBe(0);
    await expect(pending).resolves.toBeDefined();
    await expect(sendMessage(actor, 'y')).rejects.toMatchObject({ outcome: 'never-sent' });
  });

  test('is an error without a URL, and opens nothing', () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock });
    const actor = createActor(connectionLogic({ transport: network.transport, protocol: line(), clock }));
    let error: unknown;
    actor.subscribe({
      error: (thrown) => {
        error = thrown;
      },
    });
    actor.start();
    expect(String(error)).toContain('url: undefined is not valid');
    expect(network.audit().dials).toBe(0);
  });
});

test('connectionLogic: is spawned by a foreign machine, which decides what follows', async () => {
  const { clock, network, logic } = lonely();
  network.serve('feed', lineServer);
  const exits: Exit[] = [];
  const app = createActor(
    setup({
      types: { events: {} as { type: 'log-out' } },
      actors: { feed: logic },
      actions: { note: (_, exit: Exit) => exits.push(exit) },
    }).createMachine({
      initial: 'online',
      states: {
        online: {
          invoke: {
            id: 'feed',
            src: 'feed',
            onDone: { target: 'offline', actions: { type: 'note', params: ({ event }) => event.output } },
          },
          on: { 'log-out': 'offline' },
        },
        offline: {},
      },
    }),
  ).start();
  await clock.run(10);
  expect(network.audit().open.dial).toBe(1);
  network.host('feed').down();
  await clock.run(10);
  expect(app.getSnapshot().value).toBe('offline');
  expect(exits).toMatchObject([{ reason: 'reset', class: 'retryable' }]);
});

test('connectionLogic: leaving the state of a foreign machine drops the socket', async () => {
  const { clock, network, logic } = lonely();
  network.serve('feed', lineServer);
  const app = createActor(
    setup({ types: { events: {} as { type: 'log-out' } }, actors: { feed: logic } }).createMachine({
      initial: 'online',
      states: {
        online: {
          invoke: { src: 'feed' },
          on: { 'log-out': 'offline' },
        },
        offline: {},
      },
    }),
  ).start();
  await clock.run(10);
  app.send({ type: 'log-out' });
  await clock.run(10);
  expect(network.audit()).toMatchObject({ open: { dial: 0, accept: 0 }, closedTwice: 0 });
  expect(clock.pending).toBe(0);
});
