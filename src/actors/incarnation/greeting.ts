/** The part `handshakes`: protocols that greet the peer, and what they agree to. */

import type { Plan } from '../../endpoints/plan.ts';
import { credentialsOf } from '../../endpoints/schemes.ts';
import { agreed } from '../../liveness/agreement.ts';
import { type Agreement, isRefused } from '../../ports/protocol.ts';
import { Handshake, type Outcome } from './handshake.ts';
import type { AnyDialogue, IncarnationParts, Talker } from './host.ts';
import { aboutFor, deliver } from './talk.ts';

/** By plan, the `resume` of the last agreement. */
const resumed = new WeakMap<Plan, unknown>();

function greet(talker: Talker, dialogue: AnyDialogue): Handshake {
  const { plan, sending } = talker;
  const { protocol } = plan;
  const handshake = new Handshake(
    aboutFor(talker),
    plan.credentials ?? credentialsOf(plan.endpointUrl, protocol.schemes),
    (message) => sending.urgent(protocol.encode?.(message) ?? dialogue.encode(message), 0),
    (on) => (on ? talker.socket?.resume() : talker.socket?.pause()),
  );
  handshake.run(dialogue).then(
    (outcome) => greeted(talker, dialogue, outcome),
    (error) => (isRefused(error) ? talker.failed(error.failure) : talker.crash(error)),
  );
  return handshake;
}

/** Messages that the handshake did not ask for belong to the user. */
function greeted(talker: Talker, dialogue: AnyDialogue, { agreement, unread }: Outcome): void {
  if (!talker.running) return;
  try {
    if (agreement !== undefined) agree(talker, agreement);
  } catch (error) {
    return talker.crash(error);
  }
  talker.raise({ type: 'handshake-done' });
  for (const frame of unread) {
    if (dialogue.isHeartbeat(frame) === false) deliver(talker, dialogue, frame);
  }
}

function agree(talker: Talker, agreement: Agreement): void {
  talker.deadlines.agree(agreed(agreement));
  talker.agreement = agreement;
  if (agreement.resume === undefined) resumed.delete(talker.plan);
  else resumed.set(talker.plan, agreement.resume);
}

/** Protocols with a handshake of their own. */
export const handshakes: IncarnationParts = {
  handshakes: { greet, previousOf: (plan) => resumed.get(plan) },
};
