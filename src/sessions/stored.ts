/** A session as the memory store has it. */
import type { Granted, OpenRequest, Place } from './store.ts';

/** All that a store knows of a session. */
export interface Stored {
  readonly session: string;
  readonly identity: string;
  readonly keepFor: number;
  instance: string;
  attempt: number;
  epoch: number;
  /** The process that was granted the session last. */
  owner: string;
  /** There was an `acknowledge`, or a resume. */
  isKept: boolean;
  /** When its socket was lost; undefined while it has one. */
  detachedAt: number | undefined;
  /** The messages after `acked`. */
  log: Uint8Array[];
  acked: number;
  handled: number;
  /** Claimed by `claimant`; `handled` or less: nothing is. */
  claimed: number;
  /** Handed out, perhaps, by processes whose leases ran out. */
  doubtful: number;
  /** The process whose claim it is. */
  claimant: string | undefined;
}

export function storedOf({ session, identity, instance, attempt, keepFor, process }: OpenRequest): Stored {
  return {
    session,
    identity,
    keepFor,
    instance,
    attempt,
    epoch: 1,
    owner: process,
    isKept: false,
    detachedAt: undefined,
    log: [],
    acked: 0,
    handled: 0,
    claimed: 0,
    doubtful: 0,
    claimant: undefined,
  };
}

export function granted(stored: Stored, have: number, existed: boolean): Granted {
  const { session, epoch, keepFor, acked, log, handled, doubtful } = stored;
  const frames = log.slice(Math.max(0, have - acked));
  return {
    kind: 'granted',
    session,
    epoch,
    existed,
    keepFor,
    sent: sentOf(stored),
    acked,
    frames,
    handled,
    doubtful,
  };
}

export function sentOf({ acked, log }: Stored): number {
  return acked + log.length;
}

export function isAt({ epoch, owner }: Stored, place: Place): boolean {
  return epoch === place.epoch && owner === place.process;
}

/** Whether the claim of that process covers message `number`. */
export function holds({ claimant, claimed }: Stored, { process }: Place, number: number): boolean {
  return claimant === process && number <= claimed;
}

/** Whether that process has messages that it claimed and did not record: no other was granted the session since. */
export function isHolding({ claimant, claimed, handled }: Stored, { process }: Place): boolean {
  return claimant === process && claimed > handled;
}

export function giveBack(stored: Stored): void {
  stored.claimed = stored.handled;
  stored.claimant = undefined;
}
