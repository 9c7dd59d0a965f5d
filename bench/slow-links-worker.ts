/**
 * The near end of a slow link: `slow-links-worker.ts ADDRESS CELL`. Sends one message until it is answered: again
 * after each connection that ended without the answer, as an application does that wants it to arrive.
 */
import { createSupervisor, silentLogger } from 'holdfast';
import { type Cell, messageOf, port, protocolOf, type Seen } from './slow-links-cell.ts';
import { mortal } from './support/processes.ts';

const [address = '', text = ''] = process.argv.slice(2);
const { wire, bytes, policy = {} } = JSON.parse(text) as Cell;
mortal(900_000);

const deaths: string[] = [];
let suspicions = 0;
let answered = false;
let look = () => {};
const supervisor = createSupervisor({ logger: silentLogger, ...policy });
supervisor.events$.subscribe((event) => {
  if (event.event !== 'state') return;
  if (event.to === 'suspect') suspicions++;
  if (event.to === 'closed') deaths.push(event.reason ?? 'no reason');
  look();
});
const connection = supervisor.connect<string | Uint8Array>({
  url: `${wire === 'websocket' ? 'ws' : 'tcp'}://${address}:${port}`,
  protocol: protocolOf(wire),
  onMessage: () => {
    answered = true;
    look();
  },
});

async function attempt(): Promise<void> {
  await connection.ready();
  const before = deaths.length;
  const over = new Promise<void>((resolve) => {
    look = () => {
      if (answered || deaths.length > before) resolve();
    };
  });
  // A rejection is a death, too.
  connection.send(messageOf(wire, bytes)).catch(() => undefined);
  await over;
}

await connection.ready();
const from = performance.now();
while (!answered) await attempt();
const seen: Seen = { deaths, suspicions, seconds: (performance.now() - from) / 1000 };
process.send?.(seen, () => process.exit(0));
