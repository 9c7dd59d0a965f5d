/** A price feed that is kept alive, reconnected, and subscribed anew after each reconnect. */
import { createServer } from 'node:net';
import { createSupervisor, line, silentLogger } from 'holdfast';

// The server: plain TCP; answers heartbeats, and destroys the socket of its first client after 500 ms.
let clients = 0;
const server = createServer((socket) => {
  const first = ++clients === 1;
  socket.on('data', (chunk) => {
    for (const text of chunk.toString().trim().split('\n')) {
      if (text === 'PING') socket.write('PONG\n');
      if (text.startsWith('subscribe')) socket.write(`${text.slice(10)} 42.${clients}\n`);
    }
    if (first) setTimeout(() => socket.destroy(), 500);
  });
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const address = server.address();
const port = typeof address === 'object' ? address?.port : 0;

// The client.
const supervisor = createSupervisor({ logger: silentLogger, reconnect: { backoff: { base: '100ms' } } });
const feed = supervisor.connect({
  id: 'feed',
  url: `tcp://127.0.0.1:${port}`,
  protocol: line(),
  onOpen: ({ send }) => void send('subscribe ACME'),
  onMessage: (price) => console.log(price),
});
feed.state$.subscribe((state) => console.log(`feed is ${state}`));

await new Promise((later) => setTimeout(later, 1500));
await supervisor.stop();
server.close();
