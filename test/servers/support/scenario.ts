/**
 * What every protocol must show against its real server, with a policy that is twenty times as fast as the default:
 * one call declares the tests of one server.
 */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import type { PolicyConfig } from '../../../src/config/policy.ts';
import type { ExitReason } from '../../../src/policy/exits.ts';
import { describeWith } from './installed.ts';
import { nothingLeft } from './leftovers.ts';
import type { Server } from './server.ts';
import { type Sights, type Watched, watched } from './watched.ts';

export interface Scenario<In, Out, Running> {
  /** Begins the title of each test. */
  readonly name: string;
  readonly programs: readonly string[];
  /** Starts the server that all tests of the scenario share. */
  start(): Promise<Running>;
  /** Default: what `start` resolves with. */
  server?(running: Running): Server;
  /** Where and how it is dialled, with credentials that are right. */
  connect(running: Running): ConnectSpec<In, Out>;
  /** The credentials with a password that is wrong; absent for a server without passwords. */
  readonly wrong?: ConnectSpec<In, Out>['credentials'] & object;
  /** One message to the server and one back: resolves when it has arrived. */
  business(connection: Connection<In, Out>): Promise<unknown>;
  /** Reasons by which a connection may end when the server is stopped gracefully. */
  readonly stopped: readonly ExitReason[];
  /** Overrides of the policy, such as a longer interval for a server that permits no shorter one. */
  readonly policy?: PolicyConfig;
  /** Milliseconds from SIGCONT until it is alive. Default 1000. */
  readonly backWithin?: number;
}

const frozenMs = 3000;
const rounds = 10;
const perRound = 20;

export function scenario<In, Out, Running = Server>(of: Scenario<In, Out, Running>): void {
  describeWith(of.programs, of.name, () => {
    const setting = new Setting(of);
    beforeAll(() => setting.start(), 120_000);
    afterEach(() => setting.endSupervisors());
    afterAll(() => setting.server.kill());
    declareTests(of, setting);
    if (of.wrong !== undefined) declareRefusals(of, of.wrong, setting);
  });
}

/** The server that the tests share, and what each of them starts beside it. */
class Setting<In, Out, Running> {
  readonly #of: Scenario<In, Out, Running>;
  #running: Running | undefined;
  #supervisors: Watched[] = [];

  constructor(of: Scenario<In, Out, Running>) {
    this.#of = of;
  }

  async start(): Promise<void> {
    this.#running = await this.#of.start();
  }

  get server(): Server {
    return this.#of.server?.(this.#running as Running) ?? (this.#running as Server);
  }

  get spec(): ConnectSpec<In, Out> {
    return this.#of.connect(this.#running as Running);
  }

  supervise(): Watched {
    const supervisor = watched(this.#of.policy, () => this.server.log());
    this.#supervisors.push(supervisor);
    return supervisor;
  }

  /** A connection that has proved its peer, and what is seen of it. */
  async alive(): Promise<{ connection: Connection<In, Out>; sights: Sights; stop(): Promise<void> }> {
    const { supervisor, sights } = this.supervise();
    const connection = supervisor.connect({ ...this.spec, id: this.#of.name });
    await sights.within(connection.ready(), 'ready');
    return { connection, sights, stop: () => supervisor.stop() };
  }

  async endSupervisors(): Promise<void> {
    await Promise.all(this.#supervisors.splice(0).map(({ supervisor }) => supervisor.stop()));
  }
}

function declareTests<In, Out, Running>(
  of: Scenario<In, Out, Running>,
  setting: Setting<In, Out, Running>,
): void {
  const { name, business } = of;

  test(`${name}: is alive with proof, carries a message, and stays through heartbeats without a suspicion`, async () => {
    const { connection, sights } = await setting.alive();
    await sights.within(business(connection), 'business');
    await sights.heartbeats(4);
    expect(sights.entered('suspect')).toBe(0);
    expect(connection.incarnation).toBe(1);
  });

  test(`${name}: frozen for ${frozenMs} ms it is suspected, condemned once, and alive soon after`, async () => {
    const { connection, sights } = await setting.alive();
    const thawed = freeze(setting.server);
    await sights.sees('its condemnation', () => sights.exits.length > 0);
    expect(sights.entered('suspect')).toBe(1);
    await thawed;
    const from = performance.now();
    await sights.within(connection.ready(), 'ready after SIGCONT');
    expect(performance.now() - from).toBeLessThan(of.backWithin ?? 1000);
    await sights.within(business(connection), 'business after SIGCONT');
    expect(sights.exits.filter((reason) => reason === 'heartbeat-timeout')).toHaveLength(1);
  });

  test(`${name}: a graceful stop of the server is none of ours, and after its restart it is alive`, async () => {
    const { connection, sights } = await setting.alive();
    await setting.server.stop();
    await sights.sees('its exit', () => sights.exits.length > 0);
    expect(of.stopped).toContain(sights.exits[0]);
    await setting.server.start();
    await sights.within(connection.ready(), 'ready after the restart');
    await sights.within(business(connection), 'business after the restart');
    expect(sights.exits).not.toContain('crashed');
  });

  test(`${name}: close() and stop() end it as closed-by-us, and nothing dials again`, async () => {
    const closing = await setting.alive();
    expect(await closing.sights.within(closing.connection.close(), 'close()')).toMatchObject({
      reason: 'closed-by-us',
    });
    const stopping = await setting.alive();
    await stopping.sights.within(stopping.stop(), 'stop()');
    expect(await stopping.connection.closed).toMatchObject({ reason: 'closed-by-us' });
    expect([closing.connection.incarnation, stopping.connection.incarnation]).toEqual([1, 1]);
  });

  test(`${name}: ${rounds * perRound} connects and stops leave no handle and no descriptor`, async () => {
    await connectAndStop(setting);
    const left = nothingLeft();
    for (let round = 0; round < rounds; round++) await connectAndStop(setting);
    await left();
  });
}

function declareRefusals<In, Out, Running>(
  of: Scenario<In, Out, Running>,
  wrong: ConnectSpec<In, Out>['credentials'] & object,
  setting: Setting<In, Out, Running>,
): void {
  test.each([
    ['one attempt with a password that is fixed', 1, wrong],
    ['two attempts with a function', 2, async () => wrong],
  ] as const)(`${of.name}: a wrong password is unauthorized, after %s`, async (_, attempts, credentials) => {
    const { supervisor, sights } = setting.supervise();
    const connection = supervisor.connect({
      ...setting.spec,
      id: of.name,
      credentials: credentials as never,
    });
    const exit = await sights.within(connection.closed, 'the end');
    expect(exit).toMatchObject({ reason: 'unauthorized', class: 'fatal' });
    expect(connection.status).toBe('gave-up');
    expect(connection.incarnation).toBe(attempts);
  });
}

async function freeze(server: Server): Promise<void> {
  server.freeze();
  await new Promise((resolve) => setTimeout(resolve, frozenMs));
  server.thaw();
}

async function connectAndStop<In, Out, Running>(setting: Setting<In, Out, Running>): Promise<void> {
  const { supervisor, sights } = setting.supervise();
  const connections = Array.from({ length: perRound }, (_, i) =>
    supervisor.connect({ ...setting.spec, id: `${i}` }),
  );
  await sights.within(Promise.all(connections.map((connection) => connection.ready())), 'all ready');
  await sights.within(supervisor.stop(), 'stop()');
}
