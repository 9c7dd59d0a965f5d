/** The part `outboxes`: waiting messages of something that is no connection, such as a session. */
import type { Timekeeper } from '../time/timekeeper.ts';
import { Outbox } from './outbox.ts';
import { refused, submit } from './send.ts';

export const outboxes = {
  outboxes: { outboxOf: (timekeeper: Timekeeper) => new Outbox(timekeeper), submit, refused },
};
