/**
 * A rolling restart of a TCP gateway with 1,000 clients: the new process takes over the port, the old one closes
 * its connections one by one over 2 s, and each client reconnects to the new one.
 */
import { type Connection, createSupervisor, line, silentLogger } from 'holdfast';

const CLIENTS = 1000;

/** A gateway that echoes messages with its name in front. */
async function gateway(name: string, url: string) {
  const supervisor = createSupervisor({ logger: silentLogger });
  const listener = await supervisor.listen({
    url,
    protocol: line(),
    onMessage: (text, connection) => void connection.send(`${name}: ${text}`),
  });
  return { supervisor, listener };
}

/** Sends a message, and resolves with the next answer. */
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

// Ids of the clients that are not connected, and the highest number of them.
const away = new Set<string>();
let mostAway = 0;
for (const client of clients) {
  client.state$.subscribe((state) => {
    if (state === 'alive') away.delete(client.id);
    else away.add(client.id);
    mostAway = Math.max(mostAway, away.size);
  });
}

// The port first, so that the new gateway can listen; then the connections, spread over 2 s to avoid a reconnect storm.
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
