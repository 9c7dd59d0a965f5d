/** Handles and descriptors of this process. */
import { expect } from 'vitest';
import { openDescriptors } from './processes.ts';

/**
 * Remembers what is open now; the result resolves when no more is. The kernel's close of a socket follows its `close`
 * event by a turn of the loop, so that a difference counts only when it stays for two seconds.
 */
export function nothingLeft(): () => Promise<void> {
  const before = open();
  return () => expect.poll(open, { timeout: 2000, interval: 20 }).toEqual(before);
}

function open(): { readonly handles: readonly string[]; readonly descriptors: number } {
  const handles = process.getActiveResourcesInfo().filter((kind) => !/^(Timeout|Immediate)$/.test(kind));
  return { handles: handles.toSorted(), descriptors: openDescriptors() };
}
