/** Code of the user that throws, in every place where it is called, on a connection that is otherwise healthy. */

import { describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../../src/base/log.ts';
import type { Dialogue, HandshakeIo } from '../../../src/ports/protocol.ts';
import { line } from '../../../src/protocols/line.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import { answersLines, type Behaviour, plainServer, visit } from '../../support/plain-peer.ts';
import { type Supervision, supervision } from '../../support/supervision.ts';

class Thrown extends Error {}

/** Throws, and counts how often. */
function thrower() {
  const thrown = () => {
    thrown.times++;
    throw new Thrown(`throw ${thrown.times}`);
  };
  thrown.times = 0;
  return thrown;
}

/** Says three things, and answers. */
const talkative: Behaviour = (peer) => {
  answersLines(peer);
  peer.write('one\ntwo\nthree\n');
};

function expectReported({ reported }: Supervision, where: string, times: number): void {
  expect(times).toBeGreaterThan(0);
  expect(reported.map(([error, place]) => [error instanceof Thrown, place])).toEqual(
    Array.from({ length: times }, () => [true, where]),
  );
  expect(new Set(reported.map(([error]) => String(error))).size).toBe(times);
}

const uneventful = [
  '>connecting',
  'connecting>alive',
  'alive>closing:closed-by-us',
  'closing>closed:closed-by-us',
];

/** Dials a talkative server, hears all of it, and closes. */
async function liveAndClose(here: Supervision): Promise<void> {
  const { url } = await plainServer(talkative);
  const heard: unknown[] = [];
  const connection = here.supervisor.connect({ url, heartbeat: { interval: 20 } });
  const all = new Promise<void>((resolve) => {
    connection.messages$.subscribe((message) => heard.push(message) === 3 && resolve());
  });
  await Promise.all([connection.ready(), all]);
  await connection.close();
  expect(heard).toEqual(['one', 'two', 'three']);
  expect(here.events.states()).toEqual(uneventful);
}

describe('user code: an exception is reported once, and goes no further, from', () => {
  it('a method of the logger', async () => {
    const fail = thrower();
    const logger = { ...silentLogger, info: fail, warn: fail, trace: fail, isLevelEnabled: () => true };
    const here = supervision({ logger: { ...logger, child: () => logger } });
    await liveAndClose(here);
    expectReported(here, 'logger', fail.times);
  });

  it.each(['child', 'isLevelEnabled'] as const)('the logger’s %s()', async (method) => {
    const fail = thrower();
    const logger: Logger = { ...silentLogger, isLevelEnabled: () => true, [method]: fail };
    const here = supervision({ logger });
    await liveAndClose(here);
    expectReported(here, 'logger', fail.times);
  });

  it('an inspector that is a function', async () => {
    const inspect = thrower();
    const here = supervision({ inspect });
    await liveAndClose(here);
    expectReported(here, 'inspect', inspect.times);
  });

  it('an inspector that is an observer', async () => {
    const next = thrower();
    const here = supervision({ inspect: { next } });
    await liveAndClose(here);
    expectReported(here, 'inspect', next.times);
  });

  it('onMessage, and the next messages come all the same', async () => {
    const here = supervision();
    const onMessage = thrower();
    const { url } = await plainServer(talkative);
    here.supervisor.connect({ url, onMessage });
    await here.events.saw({ to: 'alive' });
    await here.sockets[0]?.until(() => onMessage.times === 3);
    expectReported(here, 'onMessage', 3);
    expect(here.events.states()).toEqual(uneventful.slice(0, 2));
  });

  it('onConnection, and the connection is kept', async () => {
    const here = supervision();
    const onConnection = thrower();
    const { url } = await here.supervisor.listen({ url: 'tcp://127.0.0.1:0', onConnection });
    for (let n = 1; n <= 2; n++) {
      const client = await visit(url);
      client.write('PING\n');
      await client.sawText('PONG\n');
    }
    expectReported(here, 'onConnection', 2);
    expect([...here.supervisor.connections]).toHaveLength(2);
  });

  it('onError itself, whose exception is dropped', async () => {
    const onError = thrower();
    const here = supervision({ inspect: thrower(), onError });
    await liveAndClose(here);
    expect(onError.times).toBeGreaterThan(0);
  });
});

describe('user code: an exception ends the incarnation as crashed, and no other connection, from', () => {
  const fail = () => {
    throw new Thrown('foreign');
  };
  const rejects = () => Promise.reject(new Thrown('foreign'));
  const plain = line();
  const opening = { ...plain, open: fail };
  const sending = { encode: fail, handshake: async (io: HandshakeIo) => io.send('hi') };
  const protocols: [where: string, change: Partial<Dialogue<string>>][] = [
    ['decode', { decoder: { midFrame: false, push: fail } }],
    ['isHeartbeat', { isHeartbeat: fail }],
    ['ping', { ping: fail }],
    ['a handshake that throws', { handshake: fail }],
    ['a handshake that rejects', { handshake: rejects }],
    ['a handshake that sends what cannot be encoded', sending],
    ['a handshake that throws after an answer', { handshake: (io: HandshakeIo) => io.receive().then(fail) }],
  ];

  const { encode: _, ...lazy } = plain;
  const changed = (change: Partial<Dialogue<string>>) =>
    withDialogue('encode' in change ? lazy : plain, () => change);

  it.each([
    ...protocols.map(([where, change]) => [where, changed(change)] as const),
    ['the opening of a dialogue', opening] as const,
  ])('%s', async (_where, protocol) => {
    const here = supervision();
    const { url } = await plainServer(talkative);
    const bystander = here.supervisor.connect({ id: 'bystander', url });
    await bystander.ready();
    here.supervisor.connect({ id: 'bad', url, protocol });
    expect(await here.events.saw({ connection: 'bad', to: 'closed' })).toMatchObject({
      reason: 'crashed',
      class: 'retryable',
      detail: 'foreign',
    });
    await here.events.saw({ connection: 'bad', to: 'connecting', incarnation: 2 });
    await expectUndisturbed(here);
  });

  it('pong, when the peer asks', async () => {
    const here = supervision();
    const protocol = changed({ pong: fail });
    const { url } = await here.supervisor.listen({ url: 'tcp://127.0.0.1:0', protocol });
    const [quiet, asking] = [await visit(url), await visit(url)];
    asking.write('PING\n');
    await asking.closed();
    await here.events.saw({ event: 'left', reason: 'crashed' });
    expect(quiet.closes).toBe(0);
    expect([...here.supervisor.connections]).toHaveLength(1);
  });

  it('encode, which also rejects the message', async () => {
    const here = supervision();
    const { url } = await plainServer(answersLines);
    const bystander = here.supervisor.connect({ id: 'bystander', url });
    const bad = here.supervisor.connect({ id: 'bad', url, protocol: { ...plain, encode: fail } });
    await Promise.all([bystander.ready(), bad.ready()]);
    await expect(bad.send('x')).rejects.toMatchObject({ code: 'not-delivered', outcome: 'never-sent' });
    await here.events.saw({ connection: 'bad', to: 'closed', reason: 'crashed' });
    await here.events.saw({ connection: 'bad', to: 'alive', incarnation: 2 });
    await expectUndisturbed(here);
  });

  it('decode, over and over, until that is no weather any more', async () => {
    const here = supervision({ reconnect: { crashes: { max: 2 }, backoff: { base: 1, cap: 1 } } });
    const { url } = await plainServer(talkative);
    const protocol = changed({ decoder: { midFrame: false, push: fail } });
    const connection = here.supervisor.connect({ url, protocol });
    const exit = await connection.closed;
    expect(exit).toMatchObject({ reason: 'crashed', detail: 'foreign' });
    expect(exit.error).toBeInstanceOf(Thrown);
    expect(here.events.matching({ event: 'gave-up', because: 'crashes', incarnation: 3 })).toHaveLength(1);
    expect(here.sockets.map(({ closes }) => closes)).toEqual([1, 1, 1]);
  });

  async function expectUndisturbed({ supervisor, events, sockets, reported }: Supervision): Promise<void> {
    await supervisor.get('bystander')?.send('still here');
    expect(events.states({ connection: 'bystander' })).toEqual(uneventful.slice(0, 2));
    expect(reported).toEqual([]);
    await supervisor.stop();
    expect(new Set(sockets.map(({ closes }) => closes))).toEqual(new Set([1]));
  }
});
