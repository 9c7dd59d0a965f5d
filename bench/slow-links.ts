/**
 * Long messages over slow uplinks, between network namespaces: whether a healthy connection is condemned while the
 * kernel's queue drains, and what then arrives twice. `npm run bench:slow-links [-- --json]`, as root.
 *
 * Each cell has a link, a server and a client of its own. All run at the same time, as they do little but wait.
 */
import { fileURLToPath } from 'node:url';
import { addresses, Cable, namespacesMissing } from '../test/networks/namespaces.ts';
import { type Cell, type Seen, type Wire, wires } from './slow-links-cell.ts';
import { firstMessage } from './support/processes.ts';
import { progressOver } from './support/progress.ts';
import { machine, printTable } from './support/report.ts';
import { sized } from './support/size.ts';

interface Result extends Seen {
  readonly cell: Cell;
  /** Times that the server received the message. */
  readonly received: number;
}

const short = ['latency', '400ms'] as const;
/** Takes whole messages. */
const deep = ['limit', '1mb'] as const;
const rates = sized([64, 128, 256], [256]);
const sizes = sized([400_000, 1_000_000], [100_000]);
const grid = rates.flatMap((rate) =>
  sizes.flatMap((bytes) =>
    sized<readonly Wire[]>(wires, ['line']).map((wire): Cell => ({ wire, rate, bytes, queue: short })),
  ),
);
const special: readonly Cell[] = [
  { wire: 'line', rate: 64, bytes: 400_000, queue: deep },
  {
    wire: 'line',
    rate: 64,
    bytes: 1_000_000,
    queue: deep,
    policy: { heartbeat: { transitMax: '132s' }, deadlines: { write: '65s' } },
  },
];

if (namespacesMissing === undefined) await run([...grid, ...sized(special, [])]);
else console.log(`nothing measured: ${namespacesMissing}`);

async function run(cells: readonly Cell[]): Promise<void> {
  const progress = progressOver(cells.length);
  const measuring = cells.map(async (cell) => {
    const result = await measured(cell);
    progress();
    return result;
  });
  const results = await Promise.all(measuring);
  if (process.argv.includes('--json')) console.log(JSON.stringify({ machine: machine(), results }));
  else print(results);
}

async function measured(cell: Cell): Promise<Result> {
  const cable = new Cable();
  try {
    cable.shape('near', 'tbf', 'rate', `${cell.rate}kbit`, 'burst', '4kb', ...cell.queue);
    const server = cable.run('far', fileOf('slow-links-server.ts'), addresses.far, cell.wire);
    let received = -1;
    server.on('message', () => received++);
    await firstMessage(server, 'slow-links-server.ts');
    const args = [addresses.far, JSON.stringify(cell)];
    const client = cable.run('near', fileOf('slow-links-worker.ts'), ...args);
    const seen = await firstMessage<Seen>(client, `slow-links-worker.ts ${args.join(' ')}`);
    return { cell, received, ...seen };
  } finally {
    cable.dispose();
  }
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function print(results: readonly Result[]): void {
  console.log(machine());
  console.log(
    'one message over a healthy uplink; sent again after each connection that ended before the answer\n',
  );
  const header = ['', 'queue', 'policy', 'deaths', 'suspicions', 'received twice', 'seconds', 'reasons'];
  printTable([header, ...results.map(row)]);
}

function row({ cell, deaths, suspicions, received, seconds }: Result): string[] {
  const { wire, rate, bytes, queue, policy } = cell;
  return [
    `${rate} kbit/s, ${bytes / 1000} kB, ${wire}`,
    queue.join(' '),
    policy === undefined
      ? 'default'
      : `transitMax ${policy.heartbeat.transitMax}, write ${policy.deadlines.write}`,
    ...[deaths.length, suspicions, received - 1].map(String),
    seconds.toFixed(1),
    deaths.join(', '),
  ];
}
