/** What inspectors and flight recorders have of sessions, in virtual time. */
import { describe, expect, test } from 'vitest';
import { flightRecorder } from '../../src/actors/incarnation/flight-recorder.ts';
import type { HistoryEntry } from '../../src/actors/incarnation/recorder.ts';
import { createListeningSupervisor } from '../../src/actors/supervisor/listening-supervisor.ts';
import { silentLogger } from '../../src/base/log.ts';
import {
  type DetachedView,
  KEEPERS,
  type SessionKeeper,
  type SessionView,
} from '../../src/base/session-view.ts';
import { type Client, dial, infoOf, type Server, sessionWorld } from './world.ts';

const viewOf = (connection: unknown) => (connection as { readonly sessionView?: SessionView }).sessionView;
const keepersOf = (supervisor: object) =>
  (supervisor as { readonly [KEEPERS]?: Set<SessionKeeper> })[KEEPERS];
const detachedOf = ({ supervisor }: Pick<Server, 'supervisor'>): DetachedView[] =>
  [...(keepersOf(supervisor) ?? [])].flatMap((keeper) => [...keeper.detached()]);

/** A client whose connections are recorded, and a server whose application waits for `release`. */
async function recorded() {
  const world = sessionWorld();
  const held: (() => void)[] = [];
  const server = await world.serve({
    keepFor: '1m',
    onSession: (opened) => {
      opened.onMessage = () => new Promise<void>((resolve) => held.push(resolve));
    },
  });
  const supervisor = createListeningSupervisor({
    transports: [world.network.transport],
    clock: world.clock,
    logger: silentLogger,
    recorder: flightRecorder({ entries: 512 }),
    heartbeat: { interval: '10s', condemnAfter: '10s' },
    reconnect: { backoff: { type: 'exponential', base: 100, factor: 2, cap: 2000, jitter: 'none' } },
  });
  const client: Client = { supervisor, events: [], reported: [] };
  supervisor.events$.subscribe((event) => client.events.push(event));
  const { connection } = dial(client, {}, { id: 'one' });
  await world.clock.run(1000);
  return { ...world, server, client, connection, held };
}

const sessionMoves = (history: readonly HistoryEntry[]) =>
  history
    .filter(({ chart }) => chart === 'session')
    .map(({ at: _, chart: __, incarnation: ___, ...move }) => move);

describe('session: the view for inspectors', () => {
  test('of a dialled connection has messages and bytes that are not acknowledged, and no id in full', async () => {
    const { clock, connection, server } = await recorded();
    for (const text of ['a', 'bc', 'def']) void connection.send(text);
    await clock.run(1000);
    const id = infoOf(connection).id;
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(viewOf(connection)).toEqual({
      session: id.slice(0, 8),
      epoch: 1,
      state: 'attached',
      resumed: false,
      outgoing: { messages: 3, bytes: 6 },
      incoming: { messages: 0, bytes: 0 },
      replayed: 0,
    });
    const [accepted] = server.supervisor.connections;
    expect(viewOf(accepted)).toMatchObject({
      session: id.slice(0, 8),
      state: 'attached',
      outgoing: { messages: 0, bytes: 0 },
      incoming: { messages: 3, bytes: 6 },
    });
    expect(detachedOf(server)).toEqual([]);
    expect(JSON.stringify([viewOf(connection), viewOf(accepted)])).not.toContain(id);
  });

  test('of a detached session has its last connection, and the time until which it is kept', async () => {
    const { clock, network, connection, server } = await recorded();
    const [accepted] = server.supervisor.connections;
    network.host('server').down();
    await clock.run(20_000);
    const left = [...server.supervisor.connections];
    expect(left).toEqual([]);
    const [view, ...others] = detachedOf(server);
    expect(others).toEqual([]);
    expect(view).toMatchObject({
      session: infoOf(connection).id.slice(0, 8),
      state: 'detached',
      connection: accepted?.id,
      url: accepted?.url,
      epoch: 1,
    });
    expect((view?.until ?? 0) - clock.scheduler.now()).toBeGreaterThan(30_000);
    expect((view?.until ?? 0) - clock.scheduler.now()).toBeLessThanOrEqual(60_001);
    await clock.run(70_000);
    expect(detachedOf(server)).toEqual([]);
  });

  test('a supervisor without sessions has no keepers', () => {
    const { client } = sessionWorld();
    expect(keepersOf(client().supervisor)).toBeUndefined();
  });
});

describe('session: the flight recorder', () => {
  test('keeps each move of the session, with what was sent again and why it ended', async () => {
    const { clock, network, connection, held, client } = await recorded();
    for (const text of ['a', 'b', 'c']) void connection.send(text);
    await clock.run(1000);
    network.host('server').down();
    for (const text of ['d', 'e']) void connection.send(text);
    await clock.run(25_000);
    network.host('server').up();
    await clock.run(5000);
    const closed = connection.close();
    for (let turn = 0; turn < 20; turn++) {
      for (const release of held.splice(0)) release();
      await clock.run(100);
    }
    await closed;
    const moves = sessionMoves(connection.history());
    expect(moves).toEqual([
      { event: 'greeted', from: 'new', to: 'attached' },
      { event: 'cut', from: 'attached', to: 'detached' },
      { event: 'greeted', from: 'detached', to: 'attached', resumed: true, replayed: 2 },
      { event: 'over', from: 'attached', to: 'ended', detail: 'closed' },
    ]);
    const first = connection
      .history()
      .filter(({ incarnation, chart }) => incarnation === 1 && chart === 'session');
    expect(first.map(({ event }) => event)).toEqual(['greeted', 'cut']);
    expect(Math.min(...connection.history().map(({ incarnation }) => incarnation))).toBe(0);
    expect(client.events.filter(({ event }) => event === 'session')).toMatchObject([
      { to: 'attached', resumed: false, replayed: 0 },
      { to: 'detached' },
      { to: 'attached', resumed: true, replayed: 2 },
      { to: 'ended', reason: 'closed' },
    ]);
    expect(JSON.stringify([connection.history(), client.events])).not.toContain(infoOf(connection).id);
  });

  test('counts messages that leave again, above the limit of an entry too', async () => {
    const world = sessionWorld();
    const recorder = flightRecorder({ entries: 8 });
    let tape: unknown;
    const greeted = { chart: 'session', event: 'greeted', to: 'attached', resumed: true } as const;
    const counts = [0, 1, 62, 63, 64, 65_536];
    for (const [at, replayed] of counts.entries())
      tape = recorder.record(tape, { ...greeted, replayed }, 1000 + at);
    const entries = recorder.read(tape, {
      incarnation: 1,
      now: world.clock.scheduler.now() + 2000,
      wall: 10_000,
    });
    expect(entries.map(({ replayed = 0 }) => replayed)).toEqual(counts);
  });
});
