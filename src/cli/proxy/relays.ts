/** The clients of a proxy, each with an upstream leg of its own. */
import type { ListeningSupervisor } from '../../actors/supervisor/listening-supervisor.ts';
import type { Session } from '../../sessions/handle.ts';
import type { Output } from '../output.ts';
import { messageOf } from '../problems.ts';
import { type AnyConnection, ConnectionLeg, HeldLeg, type Leg } from './leg.ts';
import { mappingOf } from './mapping.ts';
import { type Clients, outbox, type Plan } from './plan.ts';
import { type Relayed, relay } from './relay.ts';
import { AcceptedTunnel, DialledTunnel, type SessionConnection } from './tunnel.ts';
import type { Visit, Visits } from './visits.ts';

export class Relays implements Clients {
  readonly #supervisor: ListeningSupervisor;
  readonly #plan: Plan;
  readonly #output: Output;
  readonly #visits: Visits;
  readonly #legs = new Set<Leg>();
  #count = 0;

  /** `visits`: those of the logger of the supervisor. */
  constructor(supervisor: ListeningSupervisor, plan: Plan, output: Output, visits: Visits) {
    this.#supervisor = supervisor;
    this.#plan = plan;
    this.#output = output;
    this.#visits = visits;
  }

  connected(client: AnyConnection): void {
    const leg = new ConnectionLeg(client);
    this.#watch(leg, this.#visited(leg, ++this.#count));
  }

  opened(session: Session): void {
    const count = ++this.#count;
    const leg = new AcceptedTunnel(session, `tunnel-${count}`);
    this.#watch(leg, this.#begin(leg, count));
  }

  /** Breaks every stream off: a client must not take it for one that has ended. */
  abort(): void {
    for (const leg of this.#legs) void leg.abort();
  }

  /** A supervisor that stops dials no more. */
  #watch(client: Leg, work: Promise<void>): void {
    work.catch((error: unknown) => {
      const why = messageOf(error);
      this.#output.announce({ event: 'not-relayed', client: client.id, why }, `${client.id}: ${why}`, 'warn');
      void client.abort();
    });
  }

  /** A session that goes on with what another one began has no stream here. */
  async #begin(client: AcceptedTunnel, count: number): Promise<void> {
    if (await client.begins()) await this.#relay(client, count);
    else await client.refuse();
  }

  /** The client may be a health check, which is none of the news. */
  async #visited(client: Leg, count: number): Promise<void> {
    const ids = [client.id, upstreamId(count)];
    try {
      await this.#relay(client, count, this.#visits.begin(ids));
    } finally {
      this.#visits.forget(ids);
    }
  }

  async #relay(client: Leg, count: number, visit?: Visit): Promise<void> {
    const { listen, upstream, cut } = this.#plan.route;
    const plain = mappingOf(listen, upstream, cut);
    const up = visit?.noticing(plain) ?? plain;
    const down = mappingOf(upstream, listen, cut);
    const dialled = this.#dial(upstreamId(count));
    const legs = [client, dialled];
    for (const leg of legs) this.#legs.add(leg);
    const relayed = await relay(client, dialled, { up, down });
    const isVisit = relayed.outcome !== 'upstream-lost' && visit?.leave() === true;
    this.#tell(client, dialled, relayed, isVisit ? 'debug' : 'info');
    for (const leg of legs) this.#legs.delete(leg);
  }

  #dial(id: string): Leg {
    const { route, upstream } = this.#plan;
    const policy = { outbox, ...(route.holds || route.session === 'upstream' ? lasting : fleeting) };
    const connection: unknown = this.#supervisor.connect({ ...upstream, ...policy, id });
    if (route.session === 'upstream') return new DialledTunnel(connection as SessionConnection);
    if (route.holds) return new HeldLeg(connection as AnyConnection, policy);
    return new ConnectionLeg(connection as AnyConnection);
  }

  #tell({ id: client }: Leg, { id: upstream }: Leg, relayed: Relayed, level: 'debug' | 'info'): void {
    const { outcome, detail, up, down } = relayed;
    const why = detail === undefined ? words[outcome] : `${words[outcome]}: ${detail}`;
    this.#output.announce(
      { event: 'relayed', client, upstream, ...relayed },
      `${client}: ${why}; ${up} bytes up, ${down} bytes down`,
      level,
    );
  }
}

function upstreamId(count: number): string {
  return `upstream-${count}`;
}

const lasting = { reconnect: { restart: 'permanent' } } as const;
/** A client hears at once that its upstream is not there: it waits for no turn behind the dial of another one. */
const fleeting = { reconnect: { restart: 'temporary' }, gate: { enabled: false } } as const;

const words: Readonly<Record<Relayed['outcome'], string>> = {
  ended: 'ended',
  'client-lost': 'the client was lost',
  'upstream-lost': 'the upstream was lost',
  refused: 'data could not pass',
};
