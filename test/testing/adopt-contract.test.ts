/** The contract of adopted clients, with clients in virtual time that keep it or break one part of it. */
import { expect, test } from 'vitest';
import { type AdoptSpec, adopt } from '../../src/adopt/adopt.ts';
import type { Adopting } from '../../src/adopt/adoption.ts';
import { adoptContract, type ClientRelay } from '../../src/testing/adopt-contract.ts';
import { world } from '../support/world.ts';

/** A client whose dials are counters. */
class Client {
  readonly #network: FakeNetwork;
  readonly adopting: Adopting;

  constructor(network: FakeNetwork, adopting: Adopting) {
    this.#network = network;
    this.adopting = adopting;
    network.dialled(this);
  }

  drop(): void {
    this.#network.clients.delete(this);
  }

  /** Answers when the network passes something. */
  ping(): Promise<void> {
    return this.#network.frozen ? new Promise(() => {}) : Promise.resolve();
  }
}

class FakeNetwork implements ClientRelay {
  readonly clients = new Set<Client>();
  dials = 0;
  frozen = false;

  get open(): number {
    return this.clients.size;
  }

  dialled(client: Client): void {
    this.dials++;
    this.clients.add(client);
  }

  cut(): void {
    for (const client of this.clients) {
      this.clients.delete(client);
      client.adopting.ended();
    }
  }

  freeze(): void {
    this.frozen = true;
  }

  thaw(): void {
    this.frozen = false;
  }
}

type Spec = AdoptSpec<Client>;

async function tried(breaking: (network: FakeNetwork) => Partial<Spec>): Promise<void> {
  const network = new FakeNetwork();
  const { clock } = world();
  const spec: Spec = {
    id: 'fake',
    name: 'fake',
    url: 'fake://host',
    open: (adopting) => new Client(network, adopting),
    ready: (client) => client.ping(),
    ping: (client) => client.ping(),
    drop: (client) => client.drop(),
    ...breaking(network),
  };
  const outcome = adoptContract({
    relay: network,
    clock,
    adopt(policy) {
      const { supervisor } = world({ ...policy, clock });
      return { supervisor, connection: adopt(supervisor, spec) };
    },
  });
  let settled = false;
  const settle = () => {
    settled = true;
  };
  outcome.then(settle, settle);
  while (!settled) await clock.run(100);
  return outcome;
}

test('adoptContract: a client that keeps it passes', async () => {
  await expect(tried(() => ({}))).resolves.toBeUndefined();
});

test.each<[string, (network: FakeNetwork) => Partial<Spec>, RegExp]>([
  [
    'dials again by itself',
    (network) => ({
      open(adopting) {
        const client = new Client(network, adopting);
        const ended = (error?: unknown) => {
          adopting.ended(error);
          network.dials++;
        };
        return Object.assign(client, { adopting: { ...adopting, ended } });
      },
    }),
    /its own reconnecting is off; was: 1 more dials in 3000 ms/,
  ],
  [
    'does not tell its end',
    (network) => ({
      open(adopting) {
        return Object.assign(new Client(network, adopting), { adopting: { ...adopting, ended() {} } });
      },
      ping: async () => {},
    }),
    /a client whose sockets are cut has ended within 5000 ms; was: /,
  ],
  [
    'answers pings by itself',
    () => ({ ping: async () => {} }),
    /a frozen server is condemned within 2500 ms; was: /,
  ],
  ['keeps its socket when it is dropped', () => ({ drop() {} }), /sockets of dropped clients are closed/],
  [
    'ignores the signal while it is opened',
    (network) => ({
      async open(adopting) {
        const client = new Client(network, adopting);
        await client.ping();
        return client;
      },
      ready: async () => {},
    }),
    /no socket is left after stop\(\) within 5000 ms/,
  ],
])('adoptContract: a client that %s is refused', async (_, breaking, error) => {
  await expect(tried(breaking)).rejects.toThrow(error);
});
