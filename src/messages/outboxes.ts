/** The part `outboxes`: waiting messages of something that is no connection, such as a session. */
import { Outbox } from './outbox.ts';
import { refused, type Sender, type SendOptions, submit } from './send.ts';
import { timeLimits } from './time-limits.ts';

export const outboxes = {
  outboxes: {
    outboxOf: () => new Outbox(),
    submit: (data: unknown, sender: Sender, options?: SendOptions | null) =>
      submit(data, sender, options, timeLimits),
    refused,
  },
};
