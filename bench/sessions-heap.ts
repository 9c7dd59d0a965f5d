/** What idle connections weigh at either end: `sessions-heap.ts <carrier> <plain or session> <count>`. The other end is a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSupervisor, silentLogger } from 'holdfast';
import { type Carrier, type Kind, messageFor, plainOf, sessionOf, wants } from './sessions-wires.ts';
import { settledHeap } from './support/heap.ts';
import { firstMessage, mortal } from './support/processes.ts';

/** Bytes for each connection. */
export interface Heap {
  readonly dialling: number;
  readonly accepting: number;
}

const [carrier = 'framed', kind = 'plain', count = '10'] = process.argv.slice(2) as [Carrier, Kind, string];
mortal(300_000);

const peer = fork(fileURLToPath(new URL('./sessions-peer.ts', import.meta.url)), [carrier], {
  execArgv: ['--import', 'tsx'],
});
const urls = await firstMessage<Readonly<Record<Kind, string>>>(peer, 'sessions-peer');
const supervisor = createSupervisor({ logger: silentLogger });

/** Each is answered once, so that both ends have greeted and handled. */
async function open(howMany: number, name: string): Promise<void> {
  for (let n = 0; n < howMany; n++) {
    let answered = () => {};
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const spec = { id: `${name} ${n}`, url: urls[kind], onMessage: () => answered() };
    const connection =
      kind === 'plain'
        ? supervisor.connect({ ...spec, protocol: plainOf(carrier) })
        : supervisor.connect({ ...spec, protocol: sessionOf(carrier) });
    void connection.send(messageFor(wants.echo));
    await answer;
  }
}

async function peerHeap(): Promise<number> {
  peer.send('heap');
  const [{ heap }] = (await once(peer, 'message')) as [{ heap: number }];
  return heap;
}

// As many again: by then what is compiled for connections is compiled, and counts for none of them.
await open(Number(count), 'warm');
const before = [await settledHeap(), await peerHeap()] as const;
await open(Number(count), 'idle');
const after = [await settledHeap(), await peerHeap()] as const;
const heap: Heap = {
  dialling: (after[0] - before[0]) / Number(count),
  accepting: (after[1] - before[1]) / Number(count),
};
peer.kill();
if (process.send === undefined) {
  console.log(heap);
  process.exit(0);
}
process.send(heap, () => process.exit(0));
