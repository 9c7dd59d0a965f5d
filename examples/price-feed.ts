/** A price feed, kept alive, brought back, and subscribed anew after each reconnect. */
import { createServer } from 'node:net';
import { createSupervisor, line, silentLogger } from 'holdfast';

// The other side: a plain server that answers heartbeats, and hangs up on its first client after 500 ms.
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

// Our side.
const supervisor = createSupervisor({ logger: silentLogger, reconnect: { backoff: { base: '100ms' } } });
const feed = supervisor.connect({
  id: 'feed',
  url: `tcp://127.0.0.1:${port}`,
  protocol: line(),
  onMessage: (price) => console.log(price),
});
feed.state$.subscribe((state) => {
  console.log(`feed is ${state}`);
  if (state === 'alive') feed.send('subscribe ACME');
});

await new Promise((later) => setTimeout(later, 1500));
await supervisor.stop();
server.close();
