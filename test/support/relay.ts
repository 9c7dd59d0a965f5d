/**
 * A middleman between client and server, in plain `node:net`. Frozen, it keeps the connections it has, and
 * nothing passes them any more, while new ones are served: what a NAT that forgot, or a server that
 * died without a word behind a load balancer, looks like.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { later, serving } from '../transport/peers.ts';

export interface Relay {
  readonly port: number;
  freeze(): void;
}

export async function relayTo(upstream: number): Promise<Relay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const target = connect({ port: upstream, host: '127.0.0.1', allowHalfOpen: true });
    later(() => target.destroy());
    const pair = [client, target] as const;
    pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => pairs.has(pair) && destroyAll(pair));
    }
    client.pipe(target).pipe(client);
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  const freeze = () => {
    for (const [client, target] of pairs) {
      client.unpipe().pause();
      target.unpipe().pause();
    }
    pairs.clear();
  };
  return { port: (server.address() as AddressInfo).port, freeze };
}

function destroyAll(pair: readonly Socket[]): void {
  for (const socket of pair) socket.destroy();
}
