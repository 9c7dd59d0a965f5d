/** Messages of the accepting side between the outbox and the socket: a batch of them is appended to the store, and numbered then. */
import { DeliveryError } from '../base/errors.ts';
import type { Message } from '../messages/message.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { Receipt } from '../messages/receipts.ts';
import type { Framing } from './framing.ts';
import { Numbered, type Outgoing } from './outgoing.ts';
import type { Written } from './store.ts';

/** Messages that are appended in one call, and that wait for a socket: what is written faster than that waits in the outbox. */
const MOST = 64;

/** Takes the messages that there is credit for out of the outbox. `backlog`: how many wait for the socket already. */
export function takeBatch(
  outbox: Outbox,
  out: Outgoing,
  framing: Framing,
  backlog: number,
): readonly Message[] {
  const batch: Message[] = [];
  let bytes = 0;
  for (let next = outbox.peek(); next !== undefined && backlog + batch.length < MOST; next = outbox.peek()) {
    const payload = framing.payloadIn(next.bytes);
    if (!out.fits(payload, batch.length, bytes)) break;
    outbox.remove(next);
    batch.push(next);
    bytes += payload;
  }
  return batch;
}

/** The store has them: from here on they are sent until they are handled. `incarnation`: that of the socket. */
export function numberBatch(
  batch: readonly Message[],
  out: Outgoing,
  framing: Framing,
  incarnation: number,
): void {
  for (const message of batch) {
    const { chunk, bytes, silence } = message;
    const numbered = new Numbered(chunk, framing.payloadIn(bytes), silence, incarnation);
    out.add(numbered);
    message.resolve(numbered as unknown as Receipt);
  }
}

/** The store has not taken them. */
export function refuseBatch(batch: readonly Message[], answer: Written): void {
  const error = new DeliveryError('never-sent', `the store has not taken the message: ${answer}`);
  for (const message of batch) message.reject(error);
}
