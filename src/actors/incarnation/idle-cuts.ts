/**
 * The part `idleCuts`: a warning when the incarnations of an id keep being cut after equal times of silence. It keeps nothing of connections
 * that are not cut.
 */
import type { ConnectionEvent } from '../../machines/port.ts';
import { cutsAfter, type IdleCuts, sentenceOf, TELLING_CUTS } from '../../policy/idle-cuts.ts';
import type { IncarnationHost, Talker } from './host.ts';

interface Row {
  readonly cuts: IdleCuts | undefined;
  /** The incarnation that ended last. */
  readonly incarnation: number;
  /** The warning of this id was given. */
  readonly told: boolean;
}

const rows = new WeakMap<IncarnationHost, Row>();

/** Counts the end of a socket, which is an event with a reason, before the chart says goodbye, which is no silence. */
function before(
  { deadlines, host, plan }: Pick<Talker, 'deadlines' | 'host' | 'plan'>,
  event: ConnectionEvent,
): void {
  const { pulse, timekeeper, watching } = deadlines;
  if (!('reason' in event)) return;
  const row = rows.get(host);
  // A peer that ended may break the socket, too.
  const isRepeated = row?.incarnation === host.incarnation;
  if (!watching || pulse.paused || isRepeated || plan.side === 'accept') return;
  const silence = timekeeper.now() - Math.max(pulse.heardAt, pulse.spokeAt);
  const cuts = cutsAfter(row?.cuts, event, silence);
  if (cuts === undefined && row === undefined) return;
  const { incarnation } = host;
  const told = row?.told === true || (cuts?.count ?? 0) >= TELLING_CUTS;
  rows.set(host, { cuts, incarnation, told });
  if (cuts !== undefined && told && !row?.told) host.warned?.(sentenceOf(cuts));
}

/** The part `idleCuts`: a `warning` when something keeps closing idle links. */
export const idleCuts = { idleCuts: { before } };
