/** A program with one connection over the platform's own `WebSocket`: says its states, echoes, and closes when it is told to. */
import { createSupervisor, silentLogger, webSocketOver } from 'holdfast';

const say = (text: string) => process.stdout.write(`${text}\n`);
const [url = ''] = process.argv.slice(2);
const supervisor = createSupervisor({
  logger: silentLogger,
  transports: [webSocketOver(WebSocket)],
  reconnect: { backoff: { type: 'fixed', delay: '20ms' } },
});
supervisor.events$.subscribe((event) => {
  if (event.event === 'state' && event.to === 'alive') say('alive');
  if (event.event === 'state' && event.to === 'closed') say(`${event.reason} ${event.code ?? ''}`.trim());
});
const connection = supervisor.connect<string>({
  url,
  onMessage: (text) => {
    if (text === 'close') void connection.close();
    else void connection.send(`echo ${text}`);
  },
});
void connection.closed.then(() => supervisor.stop());
