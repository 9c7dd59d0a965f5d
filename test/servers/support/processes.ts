/** Processes of Linux, as `/proc` tells. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * A process, its children and theirs, parents first. A process group is not enough: PostgreSQL gives each backend a
 * group of its own, and so does Erlang for its helpers.
 */
export function treeOf(root: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => [Number(pid), parentOf(pid)] as const);
  const tree = [root];
  for (const pid of tree)
    tree.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

/** Descriptors that this process has open. */
export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** The second field of `stat` is a name in parentheses that may contain any character; the parent is two after it. */
function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
