/** A program with one connection: `url`, and the options of its supervisor as JSON. Says when it is alive, and what it hears. */
import { createSupervisor } from 'holdfast';

const [url = '', options = '{}'] = process.argv.slice(2);
const supervisor = createSupervisor({
  ...JSON.parse(options),
  reconnect: { backoff: { type: 'fixed', delay: '1h' } },
});
const connection = supervisor.connect<unknown>({
  url,
  onMessage: () => {
    process.stdout.write('heard\n');
    void supervisor.stop();
  },
});
// Dials of an unref supervisor hold nothing, either.
const hold = setInterval(() => {}, 1000);
connection.state$.subscribe((state) => {
  if (state !== 'alive' && state !== 'closed') return;
  process.stdout.write(`${state}\n`);
  clearInterval(hold);
});
