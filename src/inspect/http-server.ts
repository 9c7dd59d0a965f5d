/** An HTTP server for few clients: it bounds what each of them may hold, and for how long. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Milliseconds within which the head of a request has to arrive. */
const HEAD_MS = 5000;
/** Milliseconds between checks of that limit; Node's default is 30,000. */
const CHECK_MS = 1000;

export interface Listening {
  readonly server: Server;
  /** That of the system, where 0 was asked for. */
  readonly port: number;
}

/** At most `maxSockets` connections are open, as each costs a descriptor. Rejects when the port is taken. */
export async function listening(port: number, host: string, maxSockets: number): Promise<Listening> {
  const server = createServer({
    maxHeaderSize: 8192,
    headersTimeout: HEAD_MS,
    requestTimeout: HEAD_MS,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.maxConnections = maxSockets;
  server.listen(port, host);
  await once(server, 'listening');
  // A failed accept, such as for want of descriptors, must not end the process.
  server.on('error', () => {});
  return { server, port: (server.address() as AddressInfo).port };
}
