/** Handshakes of protocols: what they see, how they refuse, and what they agree to. */
import { describe, expect, test } from 'vitest';
import { type Agreement, type HandshakeIo, Refused } from '../../../src/ports/protocol.ts';
import { line } from '../../../src/protocols/line.ts';
import type { MemoryPeer } from '../../../src/testing/network/memory-peer.ts';
import { expectNothingLeft, world } from '../../support/world.ts';
import { answering, lineWith, recordedFeed } from './support.ts';

const url = 'memory://feed';
const fast = {
  heartbeat: { interval: 1000, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
  reconnect: { backoff: { base: 100, cap: 100 } },
} as const;

describe('handshake: a refusal', () => {
  test('with Refused names reason, code, detail and class of the exit, and is no crash', async () => {
    const here = world();
    recordedFeed(here);
    const handshake = () =>
      Promise.reject(new Refused({ reason: 'unauthorized', code: 'WRONGPASS', detail: 'invalid password' }));
    const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake }) });
    await here.clock.run(5000);
    expect(connection).toMatchObject({ status: 'gave-up', incarnation: 1 });
    await expect(connection.closed).resolves.toMatchObject({
      reason: 'unauthorized',
      code: 'WRONGPASS',
      detail: 'invalid password',
      class: 'fatal',
    });
    await expectNothingLeft(here);
  });

  test('as going-away with retryAfterMs is retried after that time, without limit of crashes', async () => {
    const here = world({ reconnect: { crashes: { max: 1 }, backoff: { base: 100, cap: 100 } } });
    recordedFeed(here, answering);
    let tries = 0;
    const handshake = async () => {
      if (++tries < 8) throw new Refused({ reason: 'going-away', code: 'LOADING', retryAfterMs: 700 });
    };
    const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake }) });
    await here.clock.run(60_000);
    expect(connection).toMatchObject({ state: 'alive', incarnation: 8 });
    await expectNothingLeft(here);
  });

  test('as unauthorized asks a credentials function once more, and then gives up', async () => {
    const here = world();
    recordedFeed(here);
    const seen: unknown[] = [];
    const handshake = async ({ credentials }: HandshakeIo) => {
      seen.push(credentials);
      throw new Refused({ reason: 'unauthorized' });
    };
    const credentials = async () => ({ handshake: { password: `p${seen.length}` } });
    const connection = here.supervisor.connect({ url, protocol: lineWith({ handshake }), credentials });
    await here.clock.run(60_000);
    expect(seen).toEqual([{ handshake: { password: 'p0' } }, { handshake: { password: 'p1' } }]);
    expect(connection).toMatchObject({ status: 'gave-up', incarnation: 2 });
    await expectNothingLeft(here);
  });
});

test('handshake: sees every frame, heartbeats included, and only messages that it did not read reach the user', async () => {
  const here = world();
  recordedFeed(here, (text, peer) => {
    if (text.includes('HELLO')) peer.write('PONG\nPING\nWELCOME\nPONG\nfirst\n');
  });
  const seen: unknown[] = [];
  const messages: string[] = [];
  const handshake = async (io: HandshakeIo) => {
    io.send('HELLO');
    for (let n = 0; n < 3; n++) seen.push(await io.receive());
  };
  here.supervisor.connect({
    url,
    protocol: lineWith({ handshake }),
    onMessage: (text) => messages.push(text),
  });
  await here.clock.run(200);
  expect(seen).toEqual([{ kind: 'pong' }, { kind: 'ping' }, 'WELCOME']);
  expect(messages).toEqual(['first']);
  await expectNothingLeft(here);
});

test('handshake: info is connection.agreed of the running incarnation, and resume the previous of the next one', async () => {
  const here = world(fast);
  const { peers } = recordedFeed(here, answering);
  const before: unknown[] = [];
  const protocol = lineWith(({ previous }) => ({
    handshake: async () => {
      before.push(previous);
      return { info: { session: before.length }, resume: `token ${before.length}` };
    },
  }));
  const connection = here.supervisor.connect({ url, protocol });
  expect(connection.agreed).toBeUndefined();
  await here.clock.run(100);
  expect(connection.agreed).toEqual({ session: 1 });
  peers[0]?.reset();
  await here.clock.run(20);
  expect(connection.agreed).toBeUndefined();
  await here.clock.run(500);
  expect(connection.agreed).toEqual({ session: 2 });
  expect(before).toEqual([undefined, 'token 1']);
  await expectNothingLeft(here);
});

test('handshake: an agreement that is no time ends the incarnation as crashed, and names the field', async () => {
  const here = world();
  recordedFeed(here);
  const protocol = lineWith({ handshake: async () => ({ speak: Number.NaN }) });
  here.supervisor.connect({ url, protocol });
  await here.clock.run(50);
  expect(here.events).toContainEqual(
    expect.objectContaining({
      to: 'closed',
      reason: 'crashed',
      detail: expect.stringContaining('agreement.speak: NaN'),
    }),
  );
  await expectNothingLeft(here);
});

test('credentials: a part for the handshake of a protocol without one ends the connection as bad-config', async () => {
  const here = world();
  recordedFeed(here);
  const { takesCredentials: _, ...protocol } = line();
  const credentials = { handshake: { password: 'secret' } };
  const connection = here.supervisor.connect({ url, protocol, credentials });
  await here.clock.run(100);
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'bad-config',
    detail: 'credentials: the protocol line has no handshake that presents them',
  });
  await expectNothingLeft(here);
});

describe('agreement: over a policy of 1 s and a verdict after 1 s more', () => {
  async function agreed(
    agreement: Agreement,
    onText?: (text: string, peer: MemoryPeer) => void,
    mode = 'auto',
  ) {
    const here = world({ ...fast, heartbeat: { ...fast.heartbeat, mode: mode as 'auto' } });
    const { peers, heard } = recordedFeed(here, onText);
    const protocol = lineWith({ handshake: async () => agreement });
    const connection = here.supervisor.connect({ url, protocol });
    await here.clock.run(10);
    return { ...here, peers, heard, connection };
  }

  test('speak 300 makes probes of the mode probe three times as frequent', async () => {
    const here = await agreed({ speak: 300 }, answering);
    await here.clock.run(3000);
    const pings = here.heard[0]?.match(/PING/g)?.length ?? 0;
    expect(pings).toBeGreaterThanOrEqual(10);
    await expectNothingLeft(here);
  });

  test('speak 5000 leaves the shorter interval of the policy to the mode probe', async () => {
    const here = await agreed({ speak: 5000 }, answering);
    await here.clock.run(3000);
    expect(here.heard[0]?.match(/PING/g)?.length).toBeGreaterThanOrEqual(3);
    await expectNothingLeft(here);
  });

  test('speak null and hear null end all heartbeats: a silent peer is not suspected in a minute', async () => {
    const here = await agreed({ speak: null, hear: null });
    await here.clock.run(60_000);
    expect([here.heard[0], here.connection.state, here.states()]).toEqual([
      '',
      'alive',
      ['>connecting', 'connecting>alive'],
    ]);
    await expectNothingLeft(here);
  });

  test('hear 5000 of the mode listen suspects after 5 s and condemns 1 s later', async () => {
    const here = await agreed({ hear: 5000 }, undefined, 'listen');
    await here.clock.run(4990);
    expect(here.connection.state).toBe('alive');
    await here.clock.run(30);
    expect(here.connection.state).toBe('suspect');
    await here.clock.run(1000);
    expect(here.states()).toContain('closing>closed:heartbeat-timeout');
    await expectNothingLeft(here);
  });

  test('holds through configure(), and ends with the incarnation', async () => {
    const here = await agreed({ hear: 5000 }, undefined, 'listen');
    here.connection.configure({ heartbeat: { interval: 500, mode: 'listen', condemnAfter: 1000 } });
    await here.clock.run(4900);
    expect(here.connection.state).toBe('alive');
    await expectNothingLeft(here);
  });
});
