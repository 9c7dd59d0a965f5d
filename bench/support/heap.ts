/** The heap of this process, once the collector has nothing left to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes. */
export async function settledHeap(): Promise<number> {
  for (let n = 0; n < 4; n++) {
    collect();
    await sleep(50);
  }
  return process.memoryUsage().heapUsed;
}
