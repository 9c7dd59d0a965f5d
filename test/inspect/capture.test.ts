/** What `holdfast record` keeps, in virtual time. */
import { expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { Capture } from '../../src/inspect/capture.ts';
import { parseRecording } from '../../src/inspect/recording.ts';
import { expectNothingLeft, lineServer, world } from '../support/world.ts';

const plenty = 1 << 20;

test('capture: a recording has the suspicion, the end and the samples of a peer that froze, and can be read', async () => {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  const capture = new Capture(supervisor, plenty);
  network.serve('feed', lineServer);
  supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await clock.run(20_000);
  network.host('feed').freeze();
  await clock.run(25_000);
  const text = JSON.stringify(capture.recording());
  const recording = parseRecording(text);
  expect(recording).toEqual(JSON.parse(text));
  const [feed] = recording.connections;
  const ways = feed?.transitions.map(({ to }) => to);
  for (const node of ['connection.alive', 'connection.suspect.silent', 'connection.closed'])
    expect(ways).toContain(node);
  expect(feed?.supervision.map(({ to }) => to)).toContain('supervision.backing-off.delay');
  expect(feed?.lifecycle.map(({ event }) => event.type)).toContain('reconnect-scheduled');
  expect(feed?.suspicions).toMatchObject([{ kind: 'silent', verdict: 'closing', until: expect.any(Number) }]);
  expect(feed?.history.length).toBeGreaterThan(3);
  // One sample a second.
  expect(feed?.samples.length).toBeGreaterThan(25);
  expect(feed?.samples.length).toBeLessThan(50);
});

test('capture: a connection that left the list of the supervisor stays in the recording with its moves', async () => {
  const { supervisor, clock } = world({ recorder: flightRecorder() });
  const capture = new Capture(supervisor, plenty);
  supervisor.connect({
    id: 'gone',
    url: 'memory://user:hunter2@nobody/?key=1',
    reconnect: { maxAttempts: 0 },
  });
  await clock.run(120_000);
  expect([...supervisor.connections]).toEqual([]);
  const text = JSON.stringify(capture.recording());
  expect(text).not.toContain('hunter2');
  const [gone] = parseRecording(text).connections;
  expect(gone?.row).toMatchObject({ id: 'gone', status: 'gave-up', reason: 'refused' });
});

test('capture: of more than it may keep the oldest goes, also over minutes', async () => {
  const { supervisor, clock, network } = world({ recorder: flightRecorder() });
  const most = 100_000;
  const capture = new Capture(supervisor, most);
  network.serve('feed', lineServer);
  const heartbeat = { interval: '1s' } as const;
  for (let index = 0; index < 5; index++)
    supervisor.connect({ id: `feed-${index}`, url: 'memory://feed', heartbeat });
  await clock.run(600_000);
  const recording = capture.recording();
  expect(JSON.stringify(recording).length).toBeLessThan(most + 50_000);
  expect(JSON.stringify(recording).length).toBeGreaterThan(most / 2);
  const times = recording.connections.flatMap(({ transitions, samples }) =>
    [...transitions, ...samples].map(({ at }) => at),
  );
  expect(Math.min(...times)).toBeGreaterThan(recording.at - 300_000);
  expect(Math.max(...times)).toBeGreaterThan(recording.at - 2000);
  expect(capture.moves).toBe(
    recording.connections.flatMap(({ transitions, supervision }) => [...transitions, ...supervision]).length,
  );
});

test.each([
  ['when it stops', (capture: Capture) => capture.stop()],
  ['when its supervisor stops', () => {}],
])('capture: leaves nothing behind %s', async (_, end) => {
  const at = world({ recorder: flightRecorder() });
  const capture = new Capture(at.supervisor, plenty);
  at.network.serve('feed', lineServer);
  at.supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await at.clock.run(5000);
  end(capture);
  await expectNothingLeft(at);
  expect(at.clock.pending).toBe(0);
});
