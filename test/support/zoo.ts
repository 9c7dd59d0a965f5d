/** Connections in every state there is, each brought there by a plain peer that behaves so. */
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { Listener } from '../../src/actors/supervisor/options.ts';
import { closedPort } from '../transport/peers.ts';
import { CountingClock } from './counting-clock.ts';
import { answers, answersLines, mute, type PlainPeer, plainServer, visit } from './plain-peer.ts';
import { type Supervision, supervision } from './supervision.ts';

export interface Specimen {
  /** `waiting`, or one of the states. */
  readonly expected: string;
  readonly connection: Connection;
  /** The last step, for once all others are where they belong. */
  settle?(): void;
}

export type Breed = (id: string) => Promise<Specimen>;

/** No deadline comes to its end by itself, but for that of `closing`. */
const patient = {
  heartbeat: { interval: 600_000, suspectAfter: { min: 20, max: 20 }, condemnAfter: 600_000 },
  deadlines: { connect: 600_000, handshake: 600_000, close: 500 },
  reconnect: { backoff: { base: 600_000, cap: 600_000, jitter: 'none' } },
  gate: { enabled: false },
} as const;

const restless = { interval: 20 };

/** The plain servers alone, so that one can see what the supervisor adds to them. */
export async function habitat() {
  return {
    silent: await plainServer(mute),
    crowded: await plainServer(mute),
    silentTls: await plainServer(mute, { scheme: 'tls' }),
    lively: await plainServer(answersLines),
    forgetful: await plainServer(answers('PING\n', 'PONG\n', 1)),
    stubborn: await plainServer(answersLines, { allowHalfOpen: true }),
    nowhere: `tcp://127.0.0.1:${await closedPort()}`,
  };
}

type Habitat = Awaited<ReturnType<typeof habitat>>;

export class Zoo {
  readonly clock = new CountingClock();
  readonly here: Supervision = supervision({ ...patient, clock: this.clock });
  readonly abort = new AbortController();
  readonly #habitat: Habitat;
  readonly #visitors: PlainPeer[] = [];

  constructor(around: Habitat) {
    this.#habitat = around;
  }

  /** Every plain socket there ever was. */
  get peers(): PlainPeer[] {
    const { silent, crowded, silentTls, lively, forgetful, stubborn } = this.#habitat;
    const servers = [silent, crowded, silentTls, lively, forgetful, stubborn];
    return [...this.#visitors, ...servers.flatMap(({ peers }) => peers)];
  }

  async breeds(): Promise<Breed[]> {
    const { silent, crowded, silentTls, lively, forgetful, stubborn, nowhere } = this.#habitat;
    const { supervisor } = this.here;
    const calm = await supervisor.listen({ url: 'tcp://127.0.0.1:0' });
    const suspicious = await supervisor.listen({ url: 'tcp://127.0.0.1:0', heartbeat: restless });
    const first = await this.#queued('first', crowded.url);
    if (stateOf(first.connection) !== 'connecting') throw new Error('nobody stands before the gate');
    return [
      (id) => this.#queued(id, crowded.url),
      (id) => this.#dial(id, silentTls.url, 'connecting'),
      (id) => this.#dial(id, silent.url, 'connecting'),
      (id) => this.#dial(id, lively.url, 'alive'),
      (id) => this.#dial(id, forgetful.url, 'suspect'),
      (id) => this.#dial(id, nowhere, 'waiting'),
      (id) => this.#closing(id, stubborn.url),
      () => this.#accepted(calm, 'alive'),
      () => this.#accepted(suspicious, 'suspect'),
    ];
  }

  async #dial(id: string, url: string, expected: string): Promise<Specimen> {
    const heartbeat = expected === 'suspect' ? restless : {};
    const { signal } = this.abort;
    const connection = this.here.supervisor.connect({ id, url, heartbeat, signal });
    if (expected === 'waiting') await this.here.events.saw({ connection: id, event: 'reconnect-scheduled' });
    else await this.here.events.saw({ connection: id, to: expected });
    return { expected, connection };
  }

  /** The first dials without proof; the others wait for their turn at the gate. */
  async #queued(id: string, url: string): Promise<Specimen> {
    const { signal } = this.abort;
    const connection = this.here.supervisor.connect({ id, url, gate: { enabled: true }, signal });
    return { expected: 'waiting', connection };
  }

  async #closing(id: string, url: string): Promise<Specimen> {
    const { connection } = await this.#dial(id, url, 'alive');
    return { expected: 'closing', connection, settle: () => void connection.close() };
  }

  async #accepted({ url }: Listener, expected: string): Promise<Specimen> {
    const { supervisor, events } = this.here;
    const visitor = await visit(url);
    this.#visitors.push(visitor);
    // The listener too: the kernel gives the same local port to dials of different ones.
    const peer = `127.0.0.1:${visitor.socket.localPort}`;
    const accepted = await events.saw({ event: 'accepted', url, peer });
    const id = 'connection' in accepted ? accepted.connection : '';
    await events.saw({ connection: id, to: expected });
    const connection = supervisor.get(id);
    if (connection === undefined) throw new Error(`${id} is gone`);
    return { expected, connection };
  }
}

export function stateOf({ status, state }: Connection): string {
  return status === 'running' ? state : status;
}
