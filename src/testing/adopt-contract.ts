/** The duties of every adopted client, shown against its real server behind a relay: for tests of recipes, in any runner. */
import type { AdoptedConnection } from '../adopt/adopt.ts';
import { checked, type Kinds } from '../base/options.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { type Clock, systemClock } from '../time/clock.ts';

/** A relay in front of the server, which sees the sockets of the client. */
export interface ClientRelay {
  /** Sockets that clients have opened so far. */
  readonly dials: number;
  /** Sockets that clients have not closed. */
  readonly open: number;
  /** Drops all sockets, as a server does that dies. New ones are served. */
  cut(): void;
  /** Keeps all sockets, accepts new ones, and passes nothing, as a frozen server does. */
  freeze(): void;
  thaw(): void;
}

/** What `adoptContract` tests, and with which servers and clients. */
export interface AdoptContract {
  readonly relay: ClientRelay;
  /** Adopts a client through the relay, with a supervisor of its own whose policy this is. */
  adopt(policy: PolicyConfig): {
    readonly supervisor: { stop(): Promise<void> };
    readonly connection: Pick<AdoptedConnection<unknown>, 'state' | 'state$' | 'client'>;
  };
  /** That of the supervisor, for clients of a simulated network. Default: the system's. */
  readonly clock?: Clock;
  /** For how many milliseconds a client that was cut off must not dial by itself. Default 3000. */
  readonly quietMs?: number;
}

const policy = {
  heartbeat: { interval: 500, suspectAfter: { min: 100, max: 300 }, condemnAfter: 1000 },
  deadlines: { handshake: 5000, close: 2000 },
  reconnect: { backoff: { type: 'fixed', delay: 200, jitter: 'none' } },
} as const satisfies PolicyConfig;

/** Time from freezing to the verdict, with a second for a busy machine. */
const boundMs = policy.heartbeat.interval + policy.heartbeat.condemnAfter + 1000;
/** For everything that needs a server or a kernel, and no deadline of the policy. */
const soonMs = 5000;

const kinds: Kinds<AdoptContract> = {
  relay: 'an object',
  adopt: 'a function',
  clock: 'an object',
  quietMs: 'a number',
};

/**
 * Rejects with an `Error` that says what was seen instead. Takes about 8 s:
 *
 * - a client whose sockets are cut ends once, and dials no other by itself;
 * - a frozen server is suspected and condemned within interval + `condemnAfter`, and another client is alive afterwards;
 * - `stop()` leaves no socket, also when it comes while a client is being opened at a frozen server.
 */
export async function adoptContract(contract: AdoptContract): Promise<void> {
  const { clock = systemClock, ...rest } = checked('adoptContract', contract, kinds);
  const trial = new Trial({ clock, ...rest });
  await trial.endsOnce();
  await trial.noticesFreezes();
  await trial.leavesNothing();
}

type Subject = ReturnType<AdoptContract['adopt']>;

class Trial {
  readonly #contract: AdoptContract & Required<Pick<AdoptContract, 'clock'>>;

  constructor(contract: AdoptContract & Required<Pick<AdoptContract, 'clock'>>) {
    this.#contract = contract;
  }

  async endsOnce(): Promise<void> {
    const { relay, adopt, quietMs = 3000 } = this.#contract;
    const { supervisor, connection } = adopt({ ...policy, reconnect: { restart: 'temporary' } });
    const states = statesOf(connection);
    await this.#alive(connection);
    expect('an alive connection has a client', connection.client !== undefined, 'undefined');
    const { dials } = relay;
    relay.cut();
    await this.#until(
      'a client whose sockets are cut has ended',
      soonMs,
      () => states.includes('closed'),
      states,
    );
    await this.#pause(quietMs);
    const more = relay.dials - dials;
    expect('its own reconnecting is off', more === 0, `${more} more dials in ${quietMs} ms`);
    const ends = states.filter((state) => state === 'closed').length;
    expect('a client ends once', ends === 1, `${ends} ends`);
    expect('an ended connection has no client', connection.client === undefined, 'one');
    await this.#stopped(supervisor);
  }

  async noticesFreezes(): Promise<void> {
    const { relay, adopt } = this.#contract;
    const { supervisor, connection } = adopt(policy);
    const states = statesOf(connection);
    await this.#alive(connection);
    const { client } = connection;
    relay.freeze();
    await this.#until('a frozen server is condemned', boundMs, () => states.includes('closed'), states);
    expect('a frozen server is suspected before', states.includes('suspect'), states.join(', '));
    relay.thaw();
    await this.#alive(connection);
    expect('another client is alive after that', connection.client !== client, 'the same');
    await this.#until('the sockets of dropped clients are closed', soonMs, () => relay.open === 1);
    await this.#stopped(supervisor);
  }

  async leavesNothing(): Promise<void> {
    const { relay, adopt } = this.#contract;
    const { dials } = relay;
    relay.freeze();
    const { supervisor } = adopt(policy);
    await this.#until('a client dials', soonMs, () => relay.dials > dials);
    await this.#stopped(supervisor);
    relay.thaw();
  }

  #alive(connection: Subject['connection']): Promise<void> {
    const isAlive = () => connection.state === 'alive';
    return this.#until('a client is alive', 2 * soonMs, isAlive, statesOf(connection));
  }

  async #stopped(supervisor: Subject['supervisor']): Promise<void> {
    let done = false;
    supervisor.stop().then(() => {
      done = true;
    });
    await this.#until('stop() resolves', soonMs, () => done);
    await this.#until('no socket is left after stop()', soonMs, () => this.#contract.relay.open === 0);
  }

  /** `seen` is part of the error. */
  async #until(
    what: string,
    withinMs: number,
    holds: () => boolean,
    seen: readonly string[] = [],
  ): Promise<void> {
    const { scheduler } = this.#contract.clock;
    const latest = scheduler.now() + withinMs;
    while (!holds() && scheduler.now() < latest) await this.#pause(10);
    expect(`${what} within ${withinMs} ms`, holds(), seen.join(', ') || 'not so');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#contract.clock.scheduler.schedule(() => resolve(), ms);
    });
  }
}

/** The states of the connection so far; grows. */
function statesOf({ state$ }: Subject['connection']): readonly string[] {
  const states: string[] = [];
  state$.subscribe((state) => states.push(state));
  return states;
}

function expect(what: string, holds: boolean, was: string): void {
  if (!holds) throw new Error(`contract of adopted clients: expected that ${what}; was: ${was}`);
}
