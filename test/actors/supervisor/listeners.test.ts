/**
 * Listeners that call the supervisor in every event: each call runs between two steps of connections and gates, so no call
 * causes a second dial, an event out of order, or a leftover timer, gate or socket.
 */
import { expect, test } from 'vitest';
import type { LifecycleEvent } from '../../../src/actors/supervisor/events.ts';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import { seeded } from '../../../src/base/seeded.ts';
import { expectNothingLeft, lineServer, type World, world } from '../../support/world.ts';

const URL = 'memory://service';
const policy = {
  heartbeat: { interval: 200, suspectAfter: { min: 50, max: 50 }, condemnAfter: 200 },
  deadlines: { connect: 200, handshake: 200, close: 50 },
  reconnect: { backoff: { type: 'exponential', base: 20, cap: 200, jitter: 'full' }, stableAfter: 500 },
} as const;
const others = { ...policy, reconnect: { backoff: { type: 'fixed', delay: 30, jitter: 'none' } } } as const;

type Call = (here: World, connection: Connection) => void;
const calls: readonly (readonly [string, Call])[] = [
  ['close()', (_, connection) => void connection.close()],
  ['reconnect()', (_, connection) => connection.reconnect()],
  [
    'close() and reconnect()',
    (_, connection) => {
      void connection.close();
      connection.reconnect();
    },
  ],
  [
    'reconnect() and close()',
    (_, connection) => {
      connection.reconnect();
      void connection.close();
    },
  ],
  ['configure()', (_, connection) => connection.configure({ gate: { enabled: false } })],
  ['healthy()', (_, connection) => connection.healthy()],
  ['send()', (_, connection) => void connection.send('x')],
  ['connect() with the same id', ({ supervisor }, { id }) => void supervisor.connect({ id, url: URL })],
  [
    'connect() with another id',
    ({ supervisor }, { id }) => void supervisor.connect({ id: `${id}+`, url: URL }),
  ],
  ['configure() of the supervisor', ({ supervisor }) => supervisor.configure(others)],
];

/** A server starts, freezes, thaws, goes down and returns, so that every kind of event happens. */
async function upheaval({ clock, network }: World): Promise<void> {
  network.serve('service', lineServer);
  await clock.run(600);
  network.host('service').freeze();
  await clock.run(900);
  network.host('service').thaw();
  network.host('service').down();
  await clock.run(900);
  network.host('service').up();
  await clock.run(1500);
}

/** Expects no state event of an incarnation after its end, and no second `left` or `gave-up` of one life. */
function expectOrder(events: readonly LifecycleEvent[]): void {
  const last = new Map<string, string>();
  for (const event of events) {
    if (!('connection' in event)) continue;
    const before = last.get(event.connection) ?? 'closed';
    if (event.event === 'state') {
      expect([event.connection, event.from ?? 'closed']).toEqual([
        event.connection,
        before === 'over' ? 'closed' : before,
      ]);
      last.set(event.connection, event.to);
    } else if (event.event === 'left' || event.event === 'gave-up') {
      // A revived id may end again before it dials.
      expect(['closed', 'over']).toContain(before);
      last.set(event.connection, 'over');
    } else if (event.event === 'reconnect-scheduled') {
      expect([event.connection, before]).toEqual([event.connection, 'closed']);
    }
  }
}

test.each(calls)(
  'listeners: %s in every event keeps the order of events and leaves nothing',
  async (_, call) => {
    const here = world(policy);
    let stopping = false;
    const counts = new Map<string, number>();
    const react = (id: string, kind: string) => {
      const times = counts.get(`${id} ${kind}`) ?? 0;
      counts.set(`${id} ${kind}`, times + 1);
      const connection = here.supervisor.get(id);
      if (connection !== undefined && times < 3 && counts.size < 400 && !stopping) call(here, connection);
    };
    const all = Array.from({ length: 6 }, (_, at) => here.supervisor.connect({ id: `c${at}`, url: URL }));
    here.supervisor.events$.subscribe((event) => {
      if ('connection' in event) react(event.connection, event.event === 'state' ? event.to : event.event);
      else if (event.event === 'gate') for (const { id } of all) react(id, `gate ${event.to}`);
    });
    for (const connection of all)
      connection.state$.subscribe((state) => react(connection.id, `state$ ${state}`));
    await upheaval(here);
    expectOrder(here.events);
    expect(here.network.audit().closedTwice).toBe(0);
    stopping = true;
    await expectNothingLeft(here);
    expect([[...here.supervisor.gates], here.clock.pending, here.reported]).toEqual([[], 0, []]);
  },
);

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'listeners: random calls in random events of seed %i keep the order of events and leave nothing',
  async (seed) => {
    const here = world({ ...policy, seed });
    const random = seeded(seed);
    let left = 300;
    const all = Array.from({ length: 8 }, (_, at) => here.supervisor.connect({ id: `c${at}`, url: URL }));
    here.supervisor.events$.subscribe(() => {
      if (left <= 0 || random() > 0.4) return;
      left--;
      const connection = all[Math.floor(random() * all.length)] as Connection;
      const [, call] = calls[Math.floor(random() * calls.length)] as (typeof calls)[number];
      if (here.supervisor.get(connection.id) === connection) call(here, connection);
    });
    await upheaval(here);
    left = 0;
    expectOrder(here.events);
    await expectNothingLeft(here);
    expect([[...here.supervisor.gates], here.clock.pending, here.reported]).toEqual([[], 0, []]);
  },
);
