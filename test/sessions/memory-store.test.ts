/** The memory store keeps the rules of stores, alone and shared by the processes of other tests. */
import { describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import { virtualClock } from '../../src/testing/clock.ts';
import { opening, storeContract } from './store-contract.ts';

async function make(leaseMs: number | null) {
  const clock = virtualClock();
  const store = new MemoryStore(leaseMs);
  const join = (process: string) => store.begin({ process, clock });
  await join('p1');
  return { store, pass: (ms: number) => clock.run(ms), join };
}

describe('one process', () => storeContract(() => make(null), { leases: false }));
describe('several processes', () => storeContract(() => make(2000), { leases: true }));

test('a store that was not begun refuses', async () => {
  await expect(new MemoryStore().open(opening())).rejects.toThrow('before `begin`');
});
