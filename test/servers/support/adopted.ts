/** What each adopted client must show: the scenario that protocols have, and the contract of adopted clients. */
import { afterAll, beforeAll, test } from 'vitest';
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import type { ConnectSpec } from '../../../src/actors/supervisor/options.ts';
import { type AdoptSpec, adopt, connectSpecOf } from '../../../src/adopt/adopt.ts';
import type { UserAndPassword } from '../../../src/adopt/adoption.ts';
import { silentLogger } from '../../../src/base/log.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { adoptContract } from '../../../src/testing/adopt-contract.ts';
import { clientRelayTo, type StartedRelay } from '../../support/client-relay.ts';
import { describeWith } from './installed.ts';
import { type Scenario, scenario } from './scenario.ts';
import type { Server } from './server.ts';

export interface AdoptedScenario<Client, In, Out>
  extends Omit<Scenario<In, Out, Server>, 'server' | 'connect' | 'wrong' | 'business'> {
  /** A new recipe with its URL at that port of 127.0.0.1. */
  spec(port: number): AdoptSpec<Client, In, Out>;
  /** Absent for a server without passwords. */
  readonly wrong?: UserAndPassword;
  business(connection: Connection<In, Out, Client>): Promise<unknown>;
}

export function adoptedScenario<Client, In, Out>({
  spec,
  wrong,
  ...of
}: AdoptedScenario<Client, In, Out>): void {
  let started: Promise<Server> | undefined;
  const start = () => {
    started ??= of.start();
    return started;
  };

  describeWith(of.programs, `${of.name}: contract`, () => {
    let relay: StartedRelay;
    beforeAll(async () => {
      const { port } = await start();
      relay = await clientRelayTo(port);
    }, 120_000);
    afterAll(() => relay.close());

    test(`${of.name}: keeps the contract of adopted clients`, () =>
      adoptContract({
        relay,
        adopt(policy) {
          const supervisor = createSupervisor({ ...policy, logger: silentLogger });
          return { supervisor, connection: adopt(supervisor, spec(relay.port)) };
        },
      }));
  });

  // Last, as it ends the server.
  scenario<In, Out, Server>({
    ...of,
    start,
    connect: ({ port }) => connectSpecOf(spec(port)) as unknown as ConnectSpec<In, Out>,
    ...(wrong !== undefined && { wrong: { handshake: wrong } }),
    business: (connection) => of.business(connection as Connection<In, Out, Client>),
  });
}

/** The next message that fits. */
export function nextMessage<In>(
  connection: Connection<In, never>,
  fits: (message: In) => boolean,
): Promise<In> {
  return new Promise((resolve) => {
    const reading = connection.messages$.subscribe((message) => {
      if (!fits(message)) return;
      reading.unsubscribe();
      resolve(message);
    });
  });
}
