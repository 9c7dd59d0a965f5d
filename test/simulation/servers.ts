/** The hosts for dials: plain servers of several kinds, and listening supervisors. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { Peer } from '../../src/testing/network/memory-peer.ts';
import { adopt } from '../../src/testing/network/memory-transport.ts';
import { type Clerk, clerkFor, textOf } from './clerks.ts';
import type { Faults } from './faults.ts';
import { Owner } from './owner.ts';
import type { HostKind } from './settings.ts';
import type { World } from './world.ts';

/** A host, until it is shut down. */
export interface Server {
  /** Set where a supervisor listens. */
  readonly owner: Owner | undefined;
  readonly clerks: ReadonlySet<Clerk>;
  stop(): void;
}

export async function serve(world: World, faults: Faults, host: string, kind: HostKind): Promise<Server> {
  if (kind === 'nobody') return { owner: undefined, clerks: new Set(), stop: () => {} };
  if (kind === 'held-line' || kind === 'held-framed') return serveSupervised(world, faults, host, kind);
  return kind === 'adopting' ? serveAdopted(world, faults, host) : servePlain(world, faults, host, kind);
}

async function servePlain(world: World, faults: Faults, host: string, kind: HostKind): Promise<Server> {
  const clock = world.ownClock();
  const clerks = new Set<Clerk>();
  const stopListening = await listen(world, host, (raw) => {
    const clerk = clerkFor(kind, raw, { world, faults, clock, host });
    clerks.add(clerk);
    clerk.peer.onClose = () => {
      clerk.closed();
      clerks.delete(clerk);
    };
  });
  const stop = () => {
    stopListening();
    for (const clerk of clerks) clerk.peer.reset();
  };
  return { owner: undefined, clerks, stop };
}

async function serveSupervised(world: World, faults: Faults, host: string, kind: HostKind): Promise<Server> {
  const owner = new Owner(world, faults, `${host}~${world.serial()}`);
  const protocol = kind === 'held-framed' ? 'framed' : 'line';
  await owner.supervisor.listen({ url: `memory://${host}`, protocol, ...habitsOf(world, owner) });
  return { owner, clerks: new Set(), stop: () => owner.stop() };
}

/** A supervisor that adopts sockets accepted by a server of the test. */
async function serveAdopted(world: World, faults: Faults, host: string): Promise<Server> {
  const owner = new Owner(world, faults, `${host}~${world.serial()}`);
  const habits = habitsOf(world, owner);
  const stopListening = await listen(world, host, (raw) => {
    try {
      owner.supervisor.accept(raw, { transport: owner.transport, ...habits });
    } catch {
      new Peer((sink) => adopt(raw, sink)).reset();
    }
  });
  const stop = () => {
    stopListening();
    owner.stop();
  };
  return { owner, clerks: new Set(), stop };
}

/** Keeps a list of its connections, and echoes their messages. */
function habitsOf(world: World, owner: Owner) {
  return {
    onConnection: (connection: Connection) => void owner.accepted.push(connection),
    onMessage: (message: unknown, connection: Connection) => {
      const text = textOf(message);
      world.mail.arrived(text, `${owner.name} ${connection.id}#${connection.incarnation}`);
      world.mail.expect(`echo of ${text.slice(0, 20)}`, connection.send(text));
    },
  };
}

async function listen(world: World, host: string, accepted: (raw: unknown) => void): Promise<() => void> {
  const bound = await world.network.transport.listen(new URL(`memory://${host}`), {
    accepted,
    failed: () => {},
  });
  return () => void bound.close();
}
