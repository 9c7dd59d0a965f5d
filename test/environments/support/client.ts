/** The program that each runtime runs: two messages with a restart of the server between them, then a stop. */
export const client = `
import { createSupervisor, line, silentLogger } from 'holdfast';
const url = process.argv[2];
const supervisor = createSupervisor({ logger: silentLogger, reconnect: { backoff: { base: 50, cap: 200 } } });
const heard = [];
const connection = supervisor.connect({
  url,
  ...(url.startsWith('tcp') && { protocol: line() }),
  onMessage: (message) => heard.push(message),
});
await connection.ready();
connection.send('first');
while (connection.incarnation < 2 || connection.state !== 'alive') await new Promise((go) => setTimeout(go, 20));
await connection.send('second');
while (heard.length < 2) await new Promise((go) => setTimeout(go, 20));
const { reason } = await connection.close();
await supervisor.stop();
console.log(JSON.stringify({ heard, reason }));
`;
