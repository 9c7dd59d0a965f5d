/** The option `debug`: lines for a developer, in virtual time. */
import { afterEach, expect, test, vi } from 'vitest';
import type { SupervisorOptions } from '../../src/actors/supervisor/options.ts';
import type { Supervisor } from '../../src/actors/supervisor/supervisor.ts';
import { createSupervisor as ofBrowser } from '../../src/presets/browser.ts';
import { createSupervisor as ofNode } from '../../src/presets/node.ts';
import { line } from '../../src/protocols/line.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { memoryNetwork } from '../../src/testing/network/memory.ts';
import { lineServer } from '../support/world.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** The lines of a console's method, from now on. */
function linesOf(method: 'error' | 'info' | 'warn'): string[] {
  const lines: string[] = [];
  vi.spyOn(console, method).mockImplementation((text) => void lines.push(String(text)));
  return lines;
}

type Create = (options: Partial<SupervisorOptions>) => Supervisor;

/** A connection whose peer freezes, and whose callback throws; in the end it is given up. */
async function life(create: Create, options: Partial<SupervisorOptions>): Promise<string[]> {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  network.serve('feed', lineServer);
  const supervisor = create({
    clock,
    transports: [network.transport],
    protocols: { line },
    reconnect: { backoff: { base: 1500, jitter: 'none' }, maxAttempts: 1 },
    ...options,
  });
  const events: string[] = [];
  supervisor.events$.subscribe(({ event }) => events.push(event));
  const onMessage = () => {
    throw new Error('of a callback');
  };
  const connection = supervisor.connect({
    id: 'feed',
    url: 'memory://user:secret@feed/?key=secret',
    onMessage,
  });
  await clock.run(1000);
  void connection.send('echo');
  await clock.run(1000);
  network.host('feed').freeze();
  await clock.run(60_000);
  const stopped = supervisor.stop();
  await clock.run(1000);
  await stopped;
  return events;
}

const lifeLines = [
  expect.stringMatching(/^holdfast feed#1 connecting {url:memory:\/\/\*\*\*@feed\/\?key=\*\*\*}$/),
  expect.stringMatching(/^holdfast feed#1 connecting → alive {url/),
  expect.stringMatching(
    /^holdfast feed#1 alive → suspect {.*evidence:{silenceMs:\d+,rtoMs:\d+,probes:1,.*}}$/,
  ),
  expect.stringMatching(/^holdfast feed#1 suspect → closing {.*reason:heartbeat-timeout.*}$/),
  expect.stringMatching(/^holdfast feed#1 closing → closed {.*reason:heartbeat-timeout,class:retryable.*}$/),
  expect.stringMatching(/^holdfast feed#1 reconnect-scheduled {.*attempt:1,delayMs:1500,because:backoff}$/),
];

test('debug: in Node prints each event as one line with incarnation, move, reason and wait, on standard error', async () => {
  const lines = linesOf('error');
  const written = vi.spyOn(process.stderr, 'write');
  const events = await life(ofNode, { debug: true });
  const [failure, ...others] = lines.filter((text) => text.includes('exception'));
  expect(failure).toMatch(/^holdfast exception in onMessage: .*of a callback/);
  expect(others).toEqual([]);
  const told = lines.filter((text) => text !== failure);
  expect(told.slice(0, lifeLines.length)).toEqual(lifeLines);
  expect(told.at(-1)).toMatch(/^holdfast feed#2 gave-up {/);
  expect(told).toHaveLength(events.length);
  expect(told.join()).not.toMatch(/secret|\n/);
  expect(written).not.toHaveBeenCalled();
});

test('debug: in a page prints to info and warn, in place of a logger, and errors go to reportError', async () => {
  const reportError = vi.fn();
  vi.stubGlobal('reportError', reportError);
  const [infos, warnings] = [linesOf('info'), linesOf('warn')];
  const logger = { isLevelEnabled: vi.fn(() => true) } as never;
  await life(ofBrowser, { debug: true, logger });
  expect(infos[0]).toEqual(lifeLines[0]);
  expect(warnings).toEqual([lifeLines[2], expect.stringMatching(/^holdfast feed#\d .*gave-up {/)]);
  expect(reportError).toHaveBeenCalledWith(expect.objectContaining({ message: 'of a callback' }));
});

test.each([
  ['Node', ofNode as Create, { HOLDFAST_LOG: 'silent' }],
  ['a page', ofBrowser as Create, {}],
])('debug: in %s nothing is printed without it', async (_, create, env) => {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.stubGlobal('reportError', () => {});
  const lines = [linesOf('error'), linesOf('info'), linesOf('warn')];
  await life(create, {});
  expect(lines.flat()).toEqual([]);
  vi.unstubAllEnvs();
});

test('debug: a console that throws changes no connection', async () => {
  vi.stubGlobal('reportError', () => {});
  const plain = await life(ofBrowser, {});
  vi.spyOn(console, 'info').mockImplementation(() => {
    throw new Error('no console');
  });
  linesOf('warn');
  expect(await life(ofBrowser, { debug: true })).toEqual(plain);
});
