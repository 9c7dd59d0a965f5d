/** A proxy that lets a client's bytes pass at once and delays everything the server says. */
import { connect, createServer, type Server } from 'node:net';

export function delayingProxy(port: number, delayMs: number): Server {
  const proxy = createServer({ noDelay: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    client.pipe(server);
    server.on('data', (chunk) => setTimeout(() => client.write(chunk), delayMs));
    server.on('close', () => setTimeout(() => client.destroy(), delayMs));
    client.on('close', () => server.destroy());
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  });
  return proxy.listen(0, '127.0.0.1');
}
