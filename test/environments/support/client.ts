/**
 * The program that each runtime runs: two messages with a restart of the server between them, one to a listener of its
 * own, and a stop.
 */
export const client = `
import { createSupervisor, line, silentLogger } from 'holdfast';
const url = process.argv[2];
const supervisor = createSupervisor({ logger: silentLogger, reconnect: { backoff: { base: 50, cap: 200 } } });
const protocol = url.startsWith('tcp') && { protocol: line() };
const heard = [];
const until = async (condition) => {
  while (!condition()) await new Promise((go) => setTimeout(go, 20));
};
const onMessage = (message) => heard.push(message);
const connection = supervisor.connect({ url, ...protocol, onMessage });
await connection.ready();
connection.send('first');
await until(() => connection.incarnation > 1 && connection.state === 'alive');
await connection.send('second');
await until(() => heard.length === 2);
const answer = (message, peer) => peer.send('third, heard as ' + message);
const listener = await supervisor.listen({ url: new URL(url).protocol + '//127.0.0.1:0', ...protocol, onMessage: answer });
supervisor.connect({ url: listener.url, ...protocol, onMessage }).send('3');
await until(() => heard.length === 3);
const { reason } = await connection.close();
await supervisor.stop();
console.log(JSON.stringify({ heard, reason }));
`;
