import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import {
  createSupervisor,
  gates,
  policies,
  routes,
  type Supervisor,
  websocketText,
} from '../../src/browser.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { memoryWebSockets } from '../../src/testing/network/memory-websockets.ts';

test('browser preset: the supervisor has no accept and no listen', async () => {
  const supervisor = createSupervisor({ signals: { watch: () => () => {} } });
  expect(['connect', 'accept', 'listen'].map((method) => method in supervisor)).toEqual([true, false, false]);
  expectTypeOf<Supervisor>().not.toHaveProperty('accept');
  expectTypeOf<Supervisor>().not.toHaveProperty('listen');
  expectTypeOf<Parameters<Supervisor['stop']>>().toEqualTypeOf<[]>();
  await supervisor.stop();
  expect(() => supervisor.connect({ url: 'ws://peer' })).toThrow('the supervisor is stopped');
});

describe('browser preset: what a callback throws', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A connection whose `onMessage` throws, and what was thrown. */
  async function failing(options: Parameters<typeof createSupervisor>[0] = {}) {
    const clock = virtualClock();
    const network = memoryNetwork({ clock });
    const sockets = memoryWebSockets(network);
    sockets.serve('peer', (peer) => peer.send('hello'));
    const supervisor = createSupervisor({
      signals: { watch: () => () => {} },
      transports: [sockets.transport],
      clock,
      ...options,
    });
    const error = new TypeError('a bug of the page');
    supervisor.connect({
      url: 'ws://peer',
      protocol: websocketText({ ping: 'ping', pong: 'pong' }),
      onMessage: () => {
        throw error;
      },
    });
    await clock.run(1000);
    void supervisor.stop();
    await clock.run(10_000);
    return error;
  }

  test('goes to reportError', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    expect(reportError.mock.calls).toEqual([[await failing()]]);
  });

  test('is printed where there is no reportError', async () => {
    const error = vi.fn();
    vi.stubGlobal('reportError', undefined);
    vi.stubGlobal('console', { error });
    expect(error.mock.calls).toEqual([[await failing()]]);
  });

  test('goes to reportError as a failure of onError', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    const failure = new Error('a bug of onError');
    await failing({
      onError: () => {
        throw failure;
      },
    });
    expect(reportError.mock.calls).toEqual([[failure]]);
  });

  test('goes to onError alone', async () => {
    const [reportError, onError] = [vi.fn(), vi.fn()];
    vi.stubGlobal('reportError', reportError);
    const error = await failing({ onError });
    expect([reportError.mock.calls, onError.mock.calls]).toEqual([[], [[error, 'onMessage']]]);
  });

  test('goes to the logger alone', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    const error = vi.fn();
    const thrown = await failing({ logger: { ...silentLogger, error } });
    expect(reportError.mock.calls).toEqual([]);
    expect(error.mock.calls).toEqual([[{ err: thrown, where: 'onMessage' }, 'exception in onMessage']]);
  });
});

describe('browser preset: parts', () => {
  const signals = { watch: () => () => {} };
  const transports = [memoryWebSockets(memoryNetwork({ clock: virtualClock() })).transport];
  const named = (value: string) =>
    `${value} is not valid; expected one value, as lists, functions, headers and credentials need the part \`routes\` of the supervisor`;

  test.each([
    [{ url: ['ws://a', 'ws://b'] }, named('url: a list')],
    [{ id: 'x', url: () => 'ws://a' }, named('url: a function')],
    [{ url: 'ws://a', headers: () => ({}) }, named('headers: a function')],
    [{ url: 'ws://a', headers: { cookie: 'secret' } }, named('headers: "***"')],
    [{ url: 'ws://a', protocols: () => [] }, named('protocols: a function')],
    [{ url: 'ws://a', credentials: 'secret' }, named('credentials: "***"')],
  ])('%o is refused without the part routes, and taken with it', async (spec, message) => {
    const plain = createSupervisor({ signals, transports });
    expect(() => plain.connect(spec)).toThrow(message);
    const whole = createSupervisor({ signals, transports, parts: [gates, routes] });
    const protocol = websocketText({ ping: 'ping', pong: 'pong' });
    await whole.connect({ ...spec, protocol }).close();
    await Promise.all([plain.stop(), whole.stop()]);
  });

  test('gate.enabled is refused without the part gates, at each place where a policy is given', async () => {
    const gate = { enabled: true };
    const message = 'gate.enabled: true is not valid; expected false, or the part `gates` of the supervisor';
    expect(() => createSupervisor({ signals, gate })).toThrow(message);
    const plain = createSupervisor({ signals, transports, parts: [policies] });
    expect(() => plain.configure({ gate })).toThrow(message);
    expect(() => plain.connect({ url: 'ws://a', gate })).toThrow(message);
    expect([...plain.connections, ...plain.gates]).toEqual([]);
    await plain.stop();
    await createSupervisor({ signals, gate, parts: [gates] }).stop();
  });
});
