import { describe, expect, test } from 'vitest';
import { expectNothingLeft, lineServer, world } from '../../support/world.ts';

const url = 'memory://feed';

describe('supervision', () => {
  test('a connection becomes alive when the peer answers, and carries messages', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const received: unknown[] = [];
    const connection = here.supervisor.connect<string>({ url, onMessage: (text) => received.push(text) });
    const sent = connection.send('hello');
    await here.clock.run(100);
    await expect(sent).resolves.toEqual({ outcome: 'written' });
    expect(received).toEqual(['hello']);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive']);
    await expectNothingLeft(here);
  });

  test('a frozen peer whose kernel still accepts never makes a connection alive', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    here.network.host('feed').freeze();
    here.supervisor.connect({ url });
    await here.clock.run(10_100);
    expect(here.states()).toEqual([
      '>connecting',
      'connecting>closing:handshake-timeout',
      'closing>closed:handshake-timeout',
    ]);
    await expectNothingLeft(here);
  });

  test('a silent peer is suspected and condemned at the documented times, and the connection reconnects', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url });
    await here.clock.run(100);
    here.network.host('feed').freeze();
    const frozenAt = here.clock.scheduler.now();
    await until(here, () => connection.state === 'suspect');
    expect(here.clock.scheduler.now() - frozenAt).toBeLessThanOrEqual(10_000 + 500 + 5);
    const probedAt = here.clock.scheduler.now() - 500;
    await until(here, () => connection.status === 'waiting');
    expect(Math.abs(here.clock.scheduler.now() - probedAt - 10_000)).toBeLessThanOrEqual(5);
    here.network.host('feed').thaw();
    await until(here, () => connection.state === 'alive');
    expect(connection.incarnation).toBe(2);
    await expectNothingLeft(here);
  });

  test('any byte from a suspected peer makes the connection alive again', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url });
    await here.clock.run(100);
    here.network.host('feed').freeze();
    await until(here, () => connection.state === 'suspect');
    here.network.host('feed').thaw();
    await here.clock.run(10);
    expect(here.states()).toEqual(['>connecting', 'connecting>alive', 'alive>suspect', 'suspect>alive']);
    await expectNothingLeft(here);
  });

  test('a suspect connection holds messages, and sends them when alive again', async () => {
    const here = world();
    const received: unknown[] = [];
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect<string>({ url, onMessage: (text) => received.push(text) });
    await here.clock.run(100);
    here.network.host('feed').freeze();
    await until(here, () => connection.state === 'suspect');
    const receipt = connection.send('held');
    let settled = false;
    receipt.then(() => {
      settled = true;
    });
    await here.clock.run(1000);
    expect(settled).toBe(false);
    here.network.host('feed').thaw();
    await here.clock.run(100);
    expect(settled).toBe(true);
    expect(received).toEqual(['held']);
    await expectNothingLeft(here);
  });
});

describe('ids', () => {
  test('connect() with the id and URL of a running connection returns its handle, and another URL throws', async () => {
    const here = world();
    const first = here.supervisor.connect({ id: 'feed', url });
    expect(here.supervisor.connect({ id: 'feed', url })).toBe(first);
    expect(() => here.supervisor.connect({ id: 'feed', url: 'memory://other' })).toThrow(
      /"feed" is running with another URL/,
    );
    await expectNothingLeft(here);
  });

  test('an id is free for another URL after the end of its connection', async () => {
    const here = world();
    const first = here.supervisor.connect({ id: 'feed', url });
    await here.clock.run(1);
    first.close();
    await here.clock.run(10);
    const second = here.supervisor.connect({ id: 'feed', url: 'memory://other' });
    expect(second).not.toBe(first);
    await expectNothingLeft(here);
  });

  test('connect() with the id of a closing connection revives it, and one socket remains', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    here.supervisor.connect({ id: 'feed', url }).close();
    here.supervisor.connect({ id: 'feed', url });
    await here.clock.run(100);
    expect(here.network.audit().open.dial).toBe(1);
    expect(here.supervisor.get('feed')?.state).toBe('alive');
    await expectNothingLeft(here);
  });
});

describe('supervision ends', () => {
  test('close() during the wait for the next attempt ends the connection as closed-by-us', async () => {
    const here = world();
    const connection = here.supervisor.connect({ url });
    await until(here, () => connection.status === 'waiting');
    const closed = connection.close();
    await expect(closed).resolves.toMatchObject({ reason: 'closed-by-us', class: 'normal' });
    expect(here.clock.pending).toBe(0);
    await expectNothingLeft(here);
  });

  test('an aborted signal closes the connection', async () => {
    const here = world();
    const abort = new AbortController();
    const connection = here.supervisor.connect({ url, signal: abort.signal });
    abort.abort();
    await here.clock.run(100);
    expect(connection.status).toBe('left');
    await expectNothingLeft(here);
  });

  test.each([{}, null])('a signal of %j throws a ConfigError, and no connection exists', (signal) => {
    const here = world();
    const connect = () => here.supervisor.connect({ url, signal: signal as never });
    expect(connect).toThrow('expected an AbortSignal');
    expect([...here.supervisor.connections]).toEqual([]);
  });

  test('reconnect() revives a connection that has left', async () => {
    const here = world();
    here.network.serve('feed', lineServer);
    const connection = here.supervisor.connect({ url });
    connection.close();
    await here.clock.run(100);
    expect(connection.status).toBe('left');
    connection.reconnect();
    await here.clock.run(100);
    expect(connection.state).toBe('alive');
    await expectNothingLeft(here);
  });

  test('connect() throws on a stopped supervisor', async () => {
    const here = world();
    await expectNothingLeft(here);
    expect(() => here.supervisor.connect({ url })).toThrow(/stopped/);
  });

  test('a pending send() and ready() reject with the exit of the connection', async () => {
    const here = world({ reconnect: { restart: 'temporary' } });
    const connection = here.supervisor.connect({ url });
    const [sent, ready] = [connection.send('x'), connection.ready()];
    const outcome = Promise.allSettled([sent, ready]);
    await here.clock.run(100);
    const [first, second] = await outcome;
    expect(first).toMatchObject({
      reason: { outcome: 'never-sent', cause: { exit: { reason: 'refused' } } },
    });
    expect(second).toMatchObject({ reason: { code: 'closed', exit: { reason: 'refused' } } });
    await expectNothingLeft(here);
  });
});

/** Advances the clock until `holds` returns true, for at most one hour of virtual time. */
async function until(
  { clock }: { clock: { run(ms: number): Promise<void> } },
  holds: () => boolean,
): Promise<void> {
  for (let ms = 0; !holds(); ms++) {
    if (ms > 3_600_000) throw new Error('the condition did not hold within 3600000 ms of virtual time');
    await clock.run(1);
  }
}

test('a second connect of an id with another onMessage gets the connection, and a warning that it is never called', async () => {
  const here = world();
  here.network.serve('service', lineServer);
  const heard: unknown[] = [];
  const onMessage = (text: unknown) => heard.push(text);
  const spec = { id: 'feed', url: 'memory://service' };
  const warnings = () => here.events.filter(({ event }) => event === 'warning');
  const feed = here.supervisor.connect({ ...spec, onMessage });
  here.supervisor.connect({ ...spec, onMessage });
  here.supervisor.connect(spec);
  expect(warnings()).toEqual([]);
  const again = here.supervisor.connect({ ...spec, onMessage: () => expect.unreachable() });
  expect(again).toBe(feed);
  expect(warnings()).toMatchObject([
    {
      connection: 'feed',
      detail: 'connect: another onMessage is never called',
    },
  ]);
  void feed.send('hello');
  await here.clock.run(100);
  expect(heard).toEqual(['hello']);
  void feed.close();
  here.supervisor.connect({ ...spec, onMessage: (text) => heard.push(`anew ${text}`) });
  await here.clock.run(5000);
  void here.supervisor.get('feed')?.send('hello');
  await here.clock.run(100);
  expect(heard).toEqual(['hello', 'anew hello']);
  expect(warnings()).toHaveLength(1);
  await expectNothingLeft(here);
});
