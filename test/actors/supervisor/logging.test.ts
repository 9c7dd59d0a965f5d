/** The log lines of a supervisor: levels, messages and fields. */
import { describe, expect, test } from 'vitest';
import { sentence } from '../../../src/actors/supervisor/events.ts';
import type { SupervisorOptions } from '../../../src/actors/supervisor/options.ts';
import type { LogLevel } from '../../../src/base/log.ts';
import { type Line, lines as recording } from '../../support/lines.ts';
import { expectNothingLeft, lineServer, world } from '../../support/world.ts';

/** A connection that is refused once, then alive for a while. */
async function lived(least: LogLevel, options: Partial<SupervisorOptions> = {}) {
  const { lines, logger } = recording(least);
  const here = world({ logger, ...options });
  here.supervisor.connect({ url: 'memory://peer', id: 'feed' });
  await here.clock.run(10);
  here.network.serve('peer', lineServer);
  await here.clock.run(30_000);
  await expectNothingLeft(here);
  return lines;
}

describe('logging: message of a line', () => {
  test('without describe the message is the name of the event', async () => {
    const messages = (await lived('info')).map(([, message]) => message);
    expect(new Set(messages)).toEqual(new Set(['state', 'reconnect-scheduled', 'left']));
  });

  test('with describe the message is the sentence it returns', async () => {
    const messages = (await lived('info', { describe: sentence })).map(([, message]) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        'closing: refused',
        'alive',
        'left: closed-by-us',
        expect.stringMatching(/^attempt 1 in/),
      ]),
    );
  });
});

test('logging: a line about a connection has the fields connection, incarnation and event', async () => {
  const [[level, , fields] = []] = await lived('info');
  expect([level, fields]).toEqual([
    'info',
    { connection: 'feed', incarnation: 1, event: 'state', to: 'connecting', url: 'memory://peer' },
  ]);
});

test('logging: heartbeats appear at level trace only', async () => {
  const heartbeats = (lines: Line[]) => lines.filter(([, , fields]) => 'kind' in fields);
  expect(heartbeats(await lived('debug'))).toEqual([]);
  expect(heartbeats(await lived('trace'))).toContainEqual([
    'trace',
    undefined,
    { connection: 'feed', incarnation: 2, event: 'heartbeat', kind: 'sent' },
  ]);
});

test('logging: a describe function that throws is reported to onError, and only its line is missing', async () => {
  const reported: string[] = [];
  const lines = await lived('info', {
    describe: (event) => {
      if (event.event === 'left') throw new Error('speechless');
      return 'said';
    },
    onError: (error, where) => reported.push(`${where}: ${(error as Error).message}`),
  });
  expect(reported).toEqual(['logger: speechless']);
  expect(new Set(lines.map(([, message]) => message))).toEqual(new Set(['said']));
});
