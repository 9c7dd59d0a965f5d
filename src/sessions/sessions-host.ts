/** The sessions that a process accepts, as one of them knows them. */
import type { outboxes } from '../messages/outboxes.ts';
import type { Timekeeper } from '../time/timekeeper.ts';
import type { AcceptSettings } from './accept-options.ts';
import type { SessionStore } from './store.ts';

export interface SessionsHost {
  readonly timekeeper: Timekeeper;
  readonly settings: AcceptSettings;
  readonly store: SessionStore;
  /** The part of the supervisor for messages that wait. */
  readonly mail: (typeof outboxes)['outboxes'];
  /** This process holds its claims: its lease has not run out. */
  readonly holdsClaims: boolean;
  /** The process has left the store: no answer is waited for any more. */
  readonly isGone: boolean;
  /** The store is being asked for the session: its epoch there may be later than the one that is known. */
  isAsked(session: { readonly id: string; readonly instance: string; readonly identity: string }): boolean;
  report(error: unknown, where: string): void;
  /** The session has nothing in this process any more. */
  forget(session: { readonly id: string }): void;
}
