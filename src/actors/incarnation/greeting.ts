/** The part `handshakes`: protocols that greet the peer, what they agree to, what they say beside messages, and `onOpen`. */

import type { Plan } from '../../endpoints/plan.ts';
import { credentialsOf } from '../../endpoints/schemes.ts';
import { agreed } from '../../liveness/agreement.ts';
import { type Agreement, isRefused } from '../../ports/protocol.ts';
import { Handshake } from './handshake.ts';
import { ended, frame, hand, isFull, isStuck, patienceOf, sayLast } from './hooks.ts';
import type { AnyDialogue, IncarnationParts, Talker } from './host.ts';
import { introduce, introduceWith, speaksFirst } from './introduction.ts';
import { aboutFor } from './talk.ts';

/** By plan, the `resume` of the last agreement. */
const resumed = new WeakMap<Plan, unknown>();

function greet(talker: Talker, dialogue: AnyDialogue): Handshake {
  const { plan, sending } = talker;
  const { protocol } = plan;
  const handshake = new Handshake(
    aboutFor(talker),
    plan.credentials ?? credentialsOf(plan.endpointUrl, protocol.schemes),
    (message) => sending.urgent(protocol.encode?.(message) ?? dialogue.encode(message), 0),
    (on) => read(talker, on),
    (failure) => talker.failed(failure),
  );
  handshake.run(dialogue).then(
    (agreement) => greeted(talker, dialogue, handshake, agreement),
    (error) => (isRefused(error) ? talker.failed(error.failure) : talker.crash(error)),
  );
  return handshake;
}

/** Readers that are full since an earlier incarnation keep the socket paused. */
function read({ socket, deadlines }: Talker, on: boolean): void {
  if (!on) socket?.pause();
  else if (!deadlines.pulse.paused) socket?.resume();
}

/** Messages that the handshake did not ask for belong to the user. Without a socket the connection has ended meanwhile. */
function greeted(
  talker: Talker,
  dialogue: AnyDialogue,
  handshake: Handshake,
  agreement: Agreement | undefined,
): void {
  if (talker.socket === undefined) return;
  try {
    if (agreement !== undefined) agree(talker, dialogue, agreement);
    talker.raise({ type: 'handshake-done' });
    handshake.finish((frame) => {
      if (talker.running && dialogue.isHeartbeat(frame) === false) hand(talker, dialogue, frame);
    });
    talker.handshake = undefined;
  } catch (error) {
    talker.crash(error);
  }
}

function agree(talker: Talker, { ping }: AnyDialogue, agreement: Agreement): void {
  talker.deadlines.agree(agreed(ping === undefined ? { ...agreement, speak: null } : agreement));
  talker.agreement = agreement;
  if (agreement.resume === undefined) resumed.delete(talker.plan);
  else resumed.set(talker.plan, agreement.resume);
}

/** Protocols with a handshake, last words, acknowledgements or a window of their own, and `onOpen` of connections. */
export const handshakes: Pick<IncarnationParts, 'handshakes'> = {
  handshakes: {
    greet,
    frame,
    sayLast,
    ended,
    isFull,
    isStuck,
    patienceOf,
    previousOf: (plan) => resumed.get(plan),
    introduceWith,
    speaksFirst,
    introduce,
  },
};
