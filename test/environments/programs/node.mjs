/** A program for Node: over `ws`, with lines by pino on standard error. */
import { createSupervisor } from 'holdfast';

const supervisor = createSupervisor();
const connection = supervisor.connect({
  url: process.argv[2],
  onMessage: (text) => {
    console.log(text);
    void supervisor.stop();
  },
});
connection.closed.then(({ reason, detail }) => console.log(reason, detail ?? ''));
connection.send('hello').catch(() => {});
