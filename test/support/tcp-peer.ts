/** A server in plain TCP for one test: what the commands talk to is not their own code. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { later } from './later.ts';

/** Calls back with each socket and its number, from 1. All end with the test. Resolves with the URL. */
export async function tcpPeer(connected: (socket: Socket, number: number) => void): Promise<string> {
  let number = 0;
  const server = createServer((socket) => {
    later(() => socket.destroy());
    connected(
      socket.on('error', () => {}),
      ++number,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => server.close());
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The peer of a client of `line` that sends nothing but heartbeats: each chunk is one. */
export function answerPings(socket: Socket): void {
  socket.on('data', () => socket.write('PONG\n'));
}
