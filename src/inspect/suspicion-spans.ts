/** Finds the beginning and the end of a suspicion in the moves of a chart. */
import type { ConnectionState } from '../machines/connection.ts';
import { CONNECTION } from './chart-names.ts';
import type { Inspected, Time } from './supervisor-view.ts';
import type { SuspicionMessage } from './wire.ts';

const SUSPECT = `${CONNECTION}.suspect`;

/** A suspicion that began before its connection was watched, with the time from the flight recorder. */
export function ongoing(
  connection: Inspected | undefined,
  node: string | undefined,
  time: Time,
): SuspicionMessage | undefined {
  if (connection === undefined || node === undefined || !isSuspect(node)) return undefined;
  const { id, incarnation } = connection;
  const begun = connection.history().findLast(({ from, to }) => begins(from, to));
  const at = begun === undefined ? time.now() : time.ofWall(begun.at);
  return { type: 'suspicion', connection: id, at, incarnation, kind: kindOf(node) };
}

/** The suspicion after a move to `node`, and what there is to tell of it. */
export function suspicionAfter(
  before: SuspicionMessage | undefined,
  node: string,
  { connection, incarnation, at }: Pick<SuspicionMessage, 'connection' | 'incarnation' | 'at'>,
): [after: SuspicionMessage | undefined, news: SuspicionMessage | undefined] {
  if (isSuspect(node)) {
    if (before !== undefined) return [before, undefined];
    const begun = { type: 'suspicion', connection, at, incarnation, kind: kindOf(node) } as const;
    return [begun, begun];
  }
  if (before === undefined) return [undefined, undefined];
  return [undefined, { ...before, until: at, verdict: node.split('.')[1] as ConnectionState }];
}

function isSuspect(node: string): boolean {
  return node.startsWith(SUSPECT);
}

/** Takes states of a history, which have no machine id. */
function begins(from: string | undefined, to: string): boolean {
  return to.startsWith('suspect') && !from?.startsWith('suspect');
}

function kindOf(node: string): string {
  return node.slice(node.lastIndexOf('.') + 1);
}
