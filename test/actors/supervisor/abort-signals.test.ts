/** `connect({ signal })` in virtual time: what a signal costs, and how long it holds. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

const url = 'memory://feed';
const warnings: Error[] = [];
const onWarning = (warning: Error) => warnings.push(warning);

beforeEach(() => {
  warnings.length = 0;
  process.on('warning', onWarning);
});

afterEach(() => void process.off('warning', onWarning));

function served(): World {
  const here = world();
  here.network.serve('feed', lineServer);
  return here;
}

function listenersOf({ signal }: AbortController): number {
  return getEventListeners(signal, 'abort').length;
}

describe('abort signals: connect({ signal })', () => {
  test('called 10,000 times for one id, adds one listener', async () => {
    const here = served();
    const abort = new AbortController();
    for (let call = 0; call < 10_000; call++) here.supervisor.connect({ url, signal: abort.signal });
    expect(listenersOf(abort)).toBe(1);
    await here.clock.run(100);
    abort.abort();
    await here.clock.run(100);
    expect(here.states().at(-1)).toBe('closing>closed:closed-by-us');
    await expectNothingLeft(here);
  });

  test('500 ids on one signal raise no MaxListenersExceededWarning, and all end with it', async () => {
    const here = served();
    const abort = new AbortController();
    const ids = Array.from({ length: 500 }, (_, n) => `feed-${n}`);
    const connections = ids.map((id) => here.supervisor.connect({ id, url, signal: abort.signal }));
    void connections[0]?.close();
    await here.clock.run(1000);
    expect([listenersOf(abort), warnings]).toEqual([1, []]);
    abort.abort();
    await here.clock.run(3000);
    expect(new Set(connections.map(({ status }) => status))).toEqual(new Set(['left']));
    expect(listenersOf(abort)).toBe(0);
    await expectNothingLeft(here);
  });

  test('500 calls of ready({ signal }) and send({ signal }) add one listener, and none stays', async () => {
    const here = world();
    const connection = here.supervisor.connect({ url, outbox: { messages: 500 } });
    const abort = new AbortController();
    const { signal } = abort;
    const waits = Array.from({ length: 500 }, () => [
      connection.ready({ signal }),
      connection.send('x', { signal }),
    ]);
    await here.clock.run(10);
    expect([listenersOf(abort), warnings]).toEqual([1, []]);
    abort.abort();
    const outcomes = await Promise.allSettled(waits.flat());
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(listenersOf(abort)).toBe(0);
    await expectNothingLeft(here);
  });

  test('binds a handle that reconnect() revives after it left', async () => {
    const here = served();
    const abort = new AbortController();
    const connection = here.supervisor.connect({ url, signal: abort.signal });
    await here.clock.run(100);
    await Promise.all([connection.close(), here.clock.run(100)]);
    expect([connection.status, listenersOf(abort)]).toEqual(['left', 0]);
    connection.reconnect();
    await here.clock.run(100);
    expect([connection.state, listenersOf(abort)]).toEqual(['alive', 1]);
    abort.abort();
    await here.clock.run(100);
    expect([connection.status, listenersOf(abort)]).toEqual(['left', 0]);
    await expectNothingLeft(here);
  });

  test('revived after its signal aborted, a connection leaves again without a dial', async () => {
    const here = served();
    const abort = new AbortController();
    const connection = here.supervisor.connect({ url, signal: abort.signal });
    await here.clock.run(100);
    abort.abort();
    await here.clock.run(100);
    connection.reconnect();
    await here.clock.run(100);
    expect([connection.status, connection.incarnation]).toEqual(['left', 1]);
    await expectNothingLeft(here);
  });
});
