import { expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { recordingOf } from '../../src/inspect/export.ts';
import { parseRecording } from '../../src/inspect/recording.ts';
import { lineServer, world } from '../support/world.ts';

test('recordingOf: has all connections, or the given ids, in the documented format', async () => {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  network.serve('feed', lineServer);
  const connection = supervisor.connect({ id: 'one', url: 'memory://feed' });
  supervisor.connect({ id: 'two', url: 'memory://user:secret@nobody/?key=1' });
  await clock.run(5000);
  const text = JSON.stringify(recordingOf(supervisor));
  const recording = parseRecording(text);
  expect(recording).toEqual(JSON.parse(text));
  expect(recording).toMatchObject({ madeBy: expect.stringMatching(/^holdfast \d/), at: clock.wall() });
  expect(recording.connections.map(({ row }) => row)).toMatchObject([
    { id: 'one', state: 'alive', since: recording.at - 5000 },
    { id: 'two', status: 'waiting', reason: 'refused' },
  ]);
  expect(recording.connections[0]?.history).toEqual(connection.history());
  expect(text).not.toContain('secret');
  expect(recording.gates).toEqual([]);
  expect(recordingOf(supervisor, ['two']).connections.map(({ row }) => row.id)).toEqual(['two']);
});

test('recordingOf: age counts from the first move of a connection that its recorder has dropped, not from the oldest it keeps', async () => {
  const { supervisor, clock } = world({ recorder: flightRecorder({ entries: 8 }) });
  const backoff = { type: 'fixed', delay: 100, jitter: 'none' } as const;
  supervisor.connect({
    id: 'flappy',
    url: 'memory://nobody',
    reconnect: { backoff },
    gate: { enabled: false },
  });
  await clock.run(10_000);
  const { at, connections } = parseRecording(JSON.stringify(recordingOf(supervisor)));
  expect(at - (connections[0]?.history[0]?.at ?? 0)).toBeLessThan(1000);
  expect(at - (connections[0]?.row.since ?? 0)).toBe(10_000);
});
