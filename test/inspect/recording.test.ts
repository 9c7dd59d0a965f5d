import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isHoldfastError } from '../../src/base/errors.ts';
import { parseRecording } from '../../src/inspect/recording.ts';
import type { Recording } from '../../src/inspect/recording-format.ts';

const row = {
  id: 'feed',
  machine: 'connection',
  url: 'tcp://127.0.0.1:7000',
  side: 'dial',
  protocol: 'line',
  status: 'waiting',
  state: 'closed',
  node: 'connection.closed',
  incarnation: 1,
  since: 1000,
  stateSince: 2000,
} as const;

const recording: Recording = {
  format: 'holdfast-recording',
  version: 3,
  at: 3000,
  madeBy: 'holdfast 0.1.0',
  gates: [
    { endpoint: 'tcp://127.0.0.1:7000', state: 'failed', window: 1, inFlight: 0, waiting: 2, until: 3500 },
  ],
  connections: [
    {
      row,
      history: [
        { chart: 'supervision', at: 999, incarnation: 0, event: 'admitted', to: 'running.kept' },
        { at: 1000, incarnation: 1, event: 'start', to: 'connecting.dialing' },
      ],
      transitions: [
        {
          type: '@xstate.transition',
          connection: 'feed',
          at: 1000,
          seq: 1,
          source: 'socket',
          actor: 'feed#1',
          incarnation: 1,
          event: { type: 'failed', reason: 'refused' },
          from: 'connection.connecting.dialing',
          to: 'connection.closing.aborting',
          microsteps: [{ edges: ['connection.connecting/failed/0'], actions: ['judgeEvent'] }],
        },
      ],
      supervision: [
        {
          type: 'supervision',
          connection: 'feed',
          at: 1500,
          incarnation: 1,
          event: 'exited',
          from: 'supervision.running.kept',
          to: 'supervision.backing-off.delay',
        },
      ],
      samples: [{ at: 1000, silenceMs: 1, rtoMs: 1000, probes: 0, queuedBytes: 0 }],
      suspicions: [],
      lifecycle: [
        {
          type: 'lifecycle',
          connection: 'feed',
          at: 1000,
          incarnation: 1,
          event: { type: 'reconnect-scheduled', attempt: 1, delayMs: 100, because: 'gate' },
        },
      ],
    },
  ],
};

function changed(change: (draft: Record<string, unknown>) => void): string {
  const draft = structuredClone(recording) as unknown as Record<string, unknown>;
  change(draft);
  return JSON.stringify(draft);
}

describe('recording', () => {
  test('recording: is read as it was written', () => {
    expect(parseRecording(JSON.stringify(recording))).toEqual(recording);
  });

  test('recording: unknown fields are left out', () => {
    const later = changed((draft) => Object.assign(draft, { colour: 'blue' }));
    expect(parseRecording(later)).toEqual(recording);
  });

  test('recording of version 1: is read, without steps of the supervision chart', () => {
    const [connection] = recording.connections;
    const { supervision: _, ...old } = connection ?? {};
    const read = parseRecording(JSON.stringify({ ...recording, version: 1, connections: [old] }));
    expect(read).toEqual({ ...recording, connections: [{ ...connection, supervision: [] }] });
  });

  test('recording: needs no more than rows and history', () => {
    const [connection] = recording.connections;
    const { gates: _, ...rest } = recording;
    const short = { ...rest, connections: [{ row, history: connection?.history }] };
    const { gates, connections } = parseRecording(JSON.stringify(short));
    expect(gates).toEqual([]);
    expect(connections[0]).toMatchObject({ transitions: [], samples: [], lifecycle: [] });
  });

  test.each([
    ['no JSON', '{', 'recording:'],
    ['another document', '{}', 'format:'],
    ['another version', changed((draft) => Object.assign(draft, { version: 4 })), 'version: 4'],
    ['a time that is none', changed((draft) => Object.assign(draft, { at: 'noon' })), 'at: "noon"'],
    [
      'a state that is none',
      changed((draft) =>
        Object.assign(draft, { connections: [{ row: { ...row, state: 'happy' }, history: [] }] }),
      ),
      'connections.0.row.state: "happy"',
    ],
  ])('recording: %s is refused, with the field', (_, text, field) => {
    expect(() => parseRecording(text)).toThrow(field);
  });

  /** The recording with a value in the place of another. */
  function withValue(path: string, value: unknown): string {
    return changed((draft) => {
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      const owner = keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], draft);
      (owner as Record<string, unknown>)[last] = value;
    });
  }

  test.each([
    ['at', 8.7e15],
    ['at', -1],
    ['connections.0.row.since', -1e300],
    ['connections.0.row.stateSince', 9e15],
    ['connections.0.row.dueAt', 1e300],
    ['connections.0.row.supervisionSince', 9e15],
    ['connections.0.history.0.at', 9e15],
    ['connections.0.history.0.firstAt', -5],
    ['connections.0.transitions.0.at', 1e300],
    ['connections.0.supervision.0.at', 1e300],
    ['connections.0.samples.0.at', -1e300],
    ['connections.0.lifecycle.0.at', 2e13],
    ['gates.0.until', 1e300],
  ])(
    'recording: %s of %d is no time that the page can show, and is refused by name and value',
    (path, value) => {
      expect(() => parseRecording(withValue(path, value))).toThrow(
        `${path}: ${value} is not valid; expected a time in milliseconds since the epoch, before the year 2500`,
      );
    },
  );

  test.each([
    ['connections.0.row.rttMs', 1e308, 'milliseconds, at least 0'],
    ['connections.0.samples.0.rtoMs', 1e308, 'milliseconds, at least 0'],
    ['connections.0.row.incarnation', 1e300, 'a whole number from 0'],
    ['connections.0.row.attempt', 1.5, 'a whole number from 0'],
    ['connections.0.row.rtts', Array(33).fill(1), 'at most 32 entries'],
  ])('recording: %s out of its range is refused by name', (path, value, expected) => {
    expect(() => parseRecording(withValue(path, value))).toThrow(
      new RegExp(`^${path}: .*expected ${expected}`),
    );
  });

  test.each([
    'connections.0.transitions.0.snapshot.context',
    'connections.0.transitions.0.event',
    'connections.0.lifecycle.0.event',
  ])('recording: %s of 100,000 levels is refused by name, and overflows no stack', (path) => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const owner = path.endsWith('context') ? path.replace('.context', '') : path;
    const inside = path.endsWith('context') ? { status: 'x', context: 'HERE' } : { type: 'x', deep: 'HERE' };
    const text = withValue(owner, inside).replace('"HERE"', deep);
    expect(() => parseRecording(text)).toThrow(
      new RegExp(`^${path}: .* is not valid; expected at most 32 levels of objects and lists`),
    );
  });

  test('recording: an id or a gate that comes twice is refused, with both places', () => {
    const twice = changed((draft) =>
      Object.assign(draft, { connections: [...recording.connections, ...recording.connections] }),
    );
    expect(() => parseRecording(twice)).toThrow(
      'connections.1.row.id: "feed" is not valid; expected another name than connections.0.row.id has',
    );
    const gates = changed((draft) =>
      Object.assign(draft, { gates: [...recording.gates, ...recording.gates] }),
    );
    expect(() => parseRecording(gates)).toThrow(
      'gates.1: "tcp://127.0.0.1:7000" is not valid; expected another name than gates.0 has',
    );
  });

  test('recording: a damaged one is refused with a ConfigError, or read', () => {
    const text = JSON.stringify(recording);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 5 }), (at, junk) => {
        try {
          parseRecording(text.slice(0, at) + junk + text.slice(at + 1));
        } catch (error) {
          expect(isHoldfastError(error) && error.code).toBe('bad-config');
        }
      }),
    );
  });
});
