/** XState's own tools work on a supervised connection as on any other actor. */
import { createInspector } from '@statelyai/inspect';
import { expect, test, vi } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import { lineServer, world } from '../support/world.ts';

interface Told {
  readonly type: string;
  readonly sessionId?: string;
  readonly name?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value?: unknown; readonly context?: unknown };
  readonly definition?: string;
}

async function told(): Promise<Told[]> {
  const events: Told[] = [];
  const inspector = createInspector(
    { send: (event) => events.push(event as Told), start: () => {}, stop: () => {} },
    { autoStart: true },
  );
  const here = world({ recorder: flightRecorder(), inspect: inspector.inspect as never });
  here.network.serve('feed', lineServer);
  here.supervisor.connect({ id: 'feed', url: 'memory://feed' });
  await here.clock.run(1000);
  here.network.host('feed').freeze();
  await here.clock.run(25_000);
  expect(here.reported).toEqual([]);
  // It sends when the process has nothing else to do.
  await vi.waitFor(() => expect(events.some(({ name }) => name === 'feed#2')).toBe(true));
  here.supervisor.actor.stop();
  return events;
}

test('@statelyai/inspect receives the actors, events and snapshots of a supervised connection', async () => {
  const events = await told();
  const actors = events.filter(({ type }) => type === '@xstate.actor');
  expect(actors.map(({ name }) => name)).toEqual(expect.arrayContaining(['feed#1', 'feed#2']));
  const definition = JSON.parse(actors.find(({ name }) => name === 'feed#1')?.definition ?? '{}');
  expect(Object.keys(definition.states).sort()).toEqual([
    'alive',
    'closed',
    'closing',
    'connecting',
    'suspect',
  ]);
  const types = new Set(
    events.filter(({ type }) => type === '@xstate.event').map(({ event }) => event?.type),
  );
  for (const type of ['opened', 'bytes-received', 'heartbeat-due', 'deadline-expired', 'socket-closed']) {
    expect(types).toContain(type);
  }
  const values = events
    .filter(({ type }) => type === '@xstate.snapshot')
    .map(({ snapshot }) => JSON.stringify(snapshot?.value));
  expect(values).toEqual(
    expect.arrayContaining(['"alive"', '{"suspect":"silent"}', '{"closing":"aborting"}', '"closed"']),
  );
});

test('what it receives is JSON, the port of the chart included', async () => {
  const snapshots = (await told()).filter(({ type }) => type === '@xstate.snapshot');
  const contexts = snapshots.map(({ snapshot }) => JSON.parse(JSON.stringify(snapshot?.context ?? null)));
  expect(contexts).toContainEqual(
    expect.objectContaining({ port: expect.objectContaining({ protocol: 'line' }) }),
  );
});
