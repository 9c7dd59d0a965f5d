/** XState's own tools on supervised connections. */
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
  // @statelyai/inspect sends when the process is idle.
  await vi.waitFor(() => expect(actorsOf(events)).toHaveLength(2));
  here.supervisor.actor.stop();
  return events;
}

/** The charts: each incarnation's actor has the id of its connection. */
function actorsOf(events: readonly Told[]): Told[] {
  return events.filter(({ type, name }) => type === '@xstate.actor' && name === 'feed');
}

test('@statelyai/inspect receives the actors, events and snapshots of a supervised connection', async () => {
  const events = await told();
  const definition = JSON.parse(actorsOf(events)[0]?.definition ?? '{}');
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

test('@statelyai/inspect receives contexts as JSON, the port of the chart included', async () => {
  const snapshots = (await told()).filter(({ type }) => type === '@xstate.snapshot');
  const contexts = snapshots.map(({ snapshot }) => JSON.parse(JSON.stringify(snapshot?.context ?? null)));
  expect(contexts).toContainEqual(
    expect.objectContaining({ port: expect.objectContaining({ protocol: 'line' }) }),
  );
});
