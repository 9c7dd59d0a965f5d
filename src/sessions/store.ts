/**
 * The port between the accepting side of sessions and the place where these are kept. All numbers of messages count one
 * direction of one session from 1; 0 is none. `out` is from the accepting side to the dialling one, `in` the reverse.
 *
 * Every method is one atomic step, and idempotent: a call names where it starts, so that the same call again, after a reply
 * that was lost, has the same answer and changes nothing. A method that rejects says nothing about what it did: the session
 * is kept, and the caller asks again. Only an answer is a fact. A write whose answer is there at once may return it without a promise.
 */
import type { Clock } from '../time/clock.ts';

/** A process that accepts sessions, as the store knows it. */
export interface StoreProcess {
  /** 128 random bits in hexadecimal; another one each time `begin` is called. */
  readonly process: string;
  /** For stores that have no clock of their own. */
  readonly clock: Clock;
}

/** The right of a process to a session: made by `open` and `resume`, and void for writing once another epoch began. */
export interface Place {
  readonly session: string;
  /** Counts from 1; each `open` and `resume` that is granted raises it by one. */
  readonly epoch: number;
  readonly process: string;
}

/** The dialling side of a hello. */
export interface Claimant {
  readonly process: string;
  /** The return value of `identify`; empty without `identify`. */
  readonly identity: string;
  /** 64 random bits in hexadecimal: the session object of the dialling side. */
  readonly instance: string;
  /** Counts the hellos of that object, from 1. */
  readonly attempt: number;
}

export interface OpenRequest extends Claimant {
  /** The id of the session, if one is made: 128 random bits in hexadecimal. */
  readonly session: string;
  /** Milliseconds for which a detached session is kept. */
  readonly keepFor: number;
  /** A session more than these is `unavailable`. `perIdentity` does not hold for the empty identity. */
  readonly maxSessions: { readonly total: number; readonly perIdentity: number };
}

export interface ResumeRequest extends Claimant {
  readonly session: string;
  /** That of the last welcome the dialling side had. */
  readonly epoch: number;
  /** Frames of `out` up to this number are not wanted: this process has them, or the dialling side has handled them. */
  readonly have: number;
}

/** The session belongs to the caller from here on. */
export interface Granted {
  readonly kind: 'granted';
  readonly session: string;
  readonly epoch: number;
  /** False: `open` made it just now. */
  readonly existed: boolean;
  readonly keepFor: number;
  /** Messages of `out` that were appended. */
  readonly sent: number;
  /** Messages of `out` that the dialling side has handled. */
  readonly acked: number;
  /** The messages after `max(acked, have)`, up to `sent`: the byte of the type (3 or 4) and the payload. */
  readonly frames: readonly Uint8Array[];
  /** Messages of `in` whose handling was recorded. */
  readonly handled: number;
  /**
   * Messages of `in` above `handled` and up to this number may have been handed out by a process that died, and come again flagged; not above
   * `handled`: there are none.
   */
  readonly doubtful: number;
}

/**
 * Another process has claimed messages that it has neither recorded nor given back, and its lease holds. The epoch is raised:
 * that process can only record and give back. The same request again, with the same attempt, is answered by `granted` in the end.
 */
export interface Waiting {
  readonly kind: 'waiting';
  readonly session: string;
  readonly epoch: number;
}

export interface Refusal {
  readonly kind: 'refused';
  /**
   * - `unknown-session`: there is none of that id, or `keepFor` has passed. Never said because something could not be asked.
   * - `not-yours`: another identity. Nothing was changed.
   * - `replaced`: a newer hello of the same instance was granted, or the epoch is not the last one. Nothing was changed.
   * - `unavailable`: a limit of `maxSessions` is reached.
   */
  readonly reason: 'unknown-session' | 'not-yours' | 'replaced' | 'unavailable';
}

/**
 * The outcome of a write: `ok`; `moved`: another epoch holds, and nothing was changed, but for what `record`, `giveBack` and `end` say;
 * `gone`: there is no such session any more; `gap`: the numbers do not follow those of the store, which has forgotten a write.
 */
export type Written = 'ok' | 'moved' | 'gone' | 'gap';

/** The answer to `renew`. */
export interface Lease {
  /** Sessions that this process had, each with the epoch at which another process was granted it. Told again until it is heard. */
  readonly moved: readonly { readonly session: string; readonly epoch: number }[];
  /** The number of the last of them that was told; the next call says it as `heard`. */
  readonly told: number;
}

export interface SessionStore {
  /** For errors and logs. */
  readonly name: string;
  /** True: it outlives this process, and other processes resume its sessions. */
  readonly shared: boolean;
  /** How long a process holds its claims after `renew`, in milliseconds; `null`: as long as it lives. */
  readonly leaseMs: number | null;
  /** Called once, before all others. Rejects with `ConfigError` where the store would forget what it confirmed. */
  begin(process: StoreProcess): Promise<void>;
  /**
   * Makes a session. One that the same identity and instance opened before is resumed instead, if `attempt` is greater than any
   * seen, else `replaced`. Attempt and epoch are recorded in the same step.
   */
  open(request: OpenRequest): Promise<Granted | Waiting | Refusal>;
  /**
   * Takes a session over: `instance` is that of the last grant and `attempt` greater than any seen, or `instance` is another and
   * `epoch` that of the store. Compares the identity, whether `keepFor` has passed by the store's clock, and raises the epoch, in one step. The
   * same claimant with the same attempt, while no other was granted, has the same answer.
   */
  resume(request: ResumeRequest): Promise<Granted | Waiting | Refusal>;
  /** Appends messages of `out`; `from` is the number of the first. What the log has by that epoch is `ok`, and not appended again. */
  append(place: Place, from: number, frames: readonly Uint8Array[]): Written | Promise<Written>;
  /** The dialling side has handled messages of `out` up to that number: forgets them. `keepFor` counts from the first call on, also with 0, or from a `resume`. */
  acknowledge(place: Place, handled: number): Written | Promise<Written>;
  /** Claims messages of `in` for this process, before they are handed out. `from`: the number after its last claimed or handled one. */
  claim(place: Place, from: number, to: number): Written | Promise<Written>;
  /**
   * Messages of `in` up to `handled` were handled. Within the claim of that place this is recorded also after another epoch began, and the
   * answer is `moved` then. `gap`: the claim is not held any more, as the lease ran out; nothing was recorded.
   */
  record(place: Place, handled: number): Written | Promise<Written>;
  /** Claims above the recorded number end: none of these messages was handed out. The answer is `moved` after another epoch began. */
  giveBack(place: Place): Written | Promise<Written>;
  /** The socket is gone: `keepFor` runs from now on; without an `acknowledge` or a `resume` before, the session ends. */
  detach(place: Place): Written | Promise<Written>;
  /** Ends the session if `keepFor` has passed: `gone`. `ok` while it is kept. */
  lapse(place: Place): Written | Promise<Written>;
  /**
   * The session is over, and forgotten. Also by a process that holds claims from an epoch before, beyond what is recorded: no other was granted
   * the session since, and a `resume` that waits gets `unknown-session`.
   */
  end(place: Place): Written | Promise<Written>;
  /**
   * Holds the claims of a process for `leaseMs` more, and tells which sessions it lost. `heard`: `told` of the answer before, 0 at first.
   * Absent where `leaseMs` is `null`.
   */
  renew?(process: string, heard: number): Promise<Lease>;
  /** The process stops: its claims above what was recorded end, and its sessions are detached. */
  leave(process: string): Promise<void>;
  /**
   * Runs `run`, and records that message `number` of `in` was handled, together or not at all. `run` gets what the store has for that, such as
   * a transaction. Rejects with `HoldfastError("replaced")` when the claim is not held, and with what `run` rejects with; nothing was applied
   * then.
   */
  transact(place: Place, number: number, run: (transaction: unknown) => unknown): Promise<void>;
}
