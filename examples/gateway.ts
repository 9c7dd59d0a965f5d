/**
 * A TCP gateway with a thousand clients, restarted under them: the new one takes over the port, the old one says
 * goodbye to its clients, and each comes back by itself.
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

// First the port, so that nobody is refused; then the goodbyes.
await old.listener.close();
const fresh = await gateway('new', url);
await old.supervisor.stop();
const after = await Promise.all(clients.map((client) => ask(client, 'still there?')));
console.log(`${after.filter((answer) => answer === 'new: still there?').length} clients at the new gateway`);
console.log(`${Math.max(...clients.map(({ incarnation }) => incarnation))} sockets for each of them`);

await fleet.stop();
await fresh.supervisor.stop();
