/** Connections for the screenshots: to near and far peers, some of which freeze or go down. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ListeningSupervisor } from '../src/actors/supervisor/listening-supervisor.ts';
import type { PolicyConfig } from '../src/config/policy.ts';
import { createSupervisor } from '../src/presets/node.ts';

interface Site {
  readonly name: string;
  readonly connections: number;
  /** Milliseconds of the round trip, and of its variation. */
  readonly rttMs: number;
  readonly jitterMs: number;
  /** Peers keep their half of the socket open, so that a close takes until its deadline. */
  readonly holds?: true;
}

const sites: readonly Site[] = [
  { name: 'orders-sgp', connections: 4, rttMs: 176, jitterMs: 48 },
  { name: 'prices-nyc', connections: 5, rttMs: 84, jitterMs: 22 },
  { name: 'telemetry', connections: 5, rttMs: 38, jitterMs: 30 },
  { name: 'prices-fra', connections: 9, rttMs: 9, jitterMs: 4 },
  { name: 'orders-lon', connections: 7, rttMs: 17, jitterMs: 6 },
  { name: 'ledger', connections: 1, rttMs: 21, jitterMs: 4, holds: true },
  { name: 'billing', connections: 1, rttMs: 31, jitterMs: 4 },
  { name: 'legacy', connections: 1, rttMs: 60, jitterMs: 9 },
];

/** Of sites whose connections give up soon, or close slowly. */
const policies: Readonly<Record<string, PolicyConfig>> = {
  ledger: { deadlines: { close: '20s' } },
  legacy: { reconnect: { maxAttempts: 1, backoff: { base: 200 } } },
};

/** A peer that answers `PING` lines after the site's round trip, unless it is frozen. */
class Peer {
  frozen = false;
  readonly #socket: Socket;

  constructor(socket: Socket, { rttMs, jitterMs }: Site) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const asked = String(bytes).split('PING\n').length - 1;
      for (let answer = 0; answer < asked; answer++) {
        const delay = rttMs + (Math.random() + Math.random() - 1) * jitterMs;
        setTimeout(() => this.frozen || socket.destroyed || socket.write('PONG\n'), delay);
      }
    });
  }

  drop(): void {
    this.#socket.destroy();
  }
}

export interface Fleet {
  readonly supervisor: ListeningSupervisor;
  /** All peers of a site, newest last. */
  peers(site: string): readonly Peer[];
  /** Closes the site's listener, and destroys its sockets. */
  down(site: string): void;
  end(): Promise<void>;
}

export async function fleet(): Promise<Fleet> {
  const supervisor = createSupervisor({
    heartbeat: { interval: 900, suspectAfter: { min: 250, max: 900 }, condemnAfter: 5000 },
    reconnect: { backoff: { base: 3000, cap: 12_000 } },
    deadlines: { close: 1000 },
  });
  const servers = new Map<string, Server>();
  const peers = new Map<string, Peer[]>();
  for (const site of sites) {
    const here: Peer[] = [];
    const options = { allowHalfOpen: site.holds === true };
    const server = createServer(options, (socket) => here.push(new Peer(socket, site)));
    servers.set(site.name, server);
    peers.set(site.name, here);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let n = 1; n <= site.connections; n++) {
      supervisor.connect({ id: `${site.name}-${n}`, url, protocol: 'line', ...policies[site.name] });
    }
  }
  const drop = (site: string) => {
    for (const peer of peers.get(site) ?? []) peer.drop();
  };
  return {
    supervisor,
    peers: (site) => peers.get(site) ?? [],
    down: (site) => {
      servers.get(site)?.close();
      drop(site);
    },
    end: async () => {
      await supervisor.stop();
      for (const [site, server] of servers) {
        server.close();
        drop(site);
      }
    },
  };
}
