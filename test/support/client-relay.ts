/** A relay in front of a server on loopback: counts the sockets of clients, drops them, and lets nothing pass. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ClientRelay } from '../../src/testing/adopt-contract.ts';

export interface StartedRelay extends ClientRelay {
  readonly port: number;
  close(): Promise<void>;
}

export async function clientRelayTo(upstream: number): Promise<StartedRelay> {
  const clients = new Set<Socket>();
  let dials = 0;
  /** Writes that wait for the end of a freeze. */
  let held: (() => void)[] | undefined;
  const server = createServer((client) => {
    dials++;
    clients.add(client);
    client.on('close', () => clients.delete(client));
    const target = connect({ port: upstream, host: '127.0.0.1' });
    pass(client, target);
    pass(target, client);
  });
  const pass = (from: Socket, to: Socket) => {
    from.on('error', () => {});
    from.on('close', () => to.destroy());
    from.on('data', (data) => {
      if (held === undefined) to.write(data);
      else held.push(() => to.write(data));
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const client of clients) client.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get dials() {
      return dials;
    },
    get open() {
      return clients.size;
    },
    cut,
    freeze() {
      held ??= [];
    },
    thaw() {
      for (const write of held ?? []) write();
      held = undefined;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
