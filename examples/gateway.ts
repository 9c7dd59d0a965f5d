/**
 * A TCP gateway with a thousand clients, restarted under them: the new one takes over the port, the old one says
 * goodbye to its clients one by one, over two seconds, and each comes back by itself.
 */
import { type Connection, createSupervisor, line, silentLogger } from 'holdfast';

const CLIENTS = 1000;

/** Echoes, and says which one it is. */
async function gateway(name: string, url: string) {
  const supervisor = createSupervisor({ logger: silentLogger });
  const listener = await supervisor.listen({
    url,
    protocol: line(),
    onMessage: (text, connection) => connection.send(`${name}: ${text}`),
  });
  return { supervisor, listener };
}

/** The next answer to a message of ours. */
function ask(client: Connection<string>, text: string): Promise<string> {
  return new Promise((resolve) => {
    const answers = client.messages$.subscribe((answer) => {
      answers.unsubscribe();
      resolve(answer);
    });
    client.send(text);
  });
}

const old = await gateway('old', 'tcp://127.0.0.1:0');
const { url } = old.listener;

const fleet = createSupervisor({ logger: silentLogger, reconnect: { backoff: { base: '200ms' } } });
const clients = Array.from({ length: CLIENTS }, (_, n) =>
  fleet.connect({ id: `client-${n}`, url, protocol: line() }),
);
const before = await Promise.all(clients.map((client) => ask(client, 'hello')));
console.log(`${before.filter((answer) => answer === 'old: hello').length} clients at the old gateway`);

// Who is between two gateways just now, and the most there ever were.
const away = new Set<string>();
let mostAway = 0;
for (const client of clients) {
  client.state$.subscribe((state) => {
    if (state === 'alive') away.delete(client.id);
    else away.add(client.id);
    mostAway = Math.max(mostAway, away.size);
  });
}

// First the port, so that nobody is refused; then the goodbyes, spread so that the new gateway is not stormed.
await old.listener.close();
const fresh = await gateway('new', url);
const began = performance.now();
let left = 0;
old.supervisor.events$.subscribe(({ event }) => {
  if (event !== 'left' || ++left % 250 !== 0) return;
  console.log(`${left} have left after ${Math.round(performance.now() - began)} ms`);
});
await old.supervisor.stop({ over: '2s' });

const after = await Promise.all(clients.map((client) => ask(client, 'still there?')));
console.log(`${after.filter((answer) => answer === 'new: still there?').length} clients at the new gateway`);
console.log(`${Math.max(...clients.map(({ incarnation }) => incarnation))} sockets for each of them`);
console.log(`${mostAway} at most were without a gateway at the same time`);

await fleet.stop();
await fresh.supervisor.stop();
