/** The parts that the rules of a contract share: interviews after the handshake, and errors that name the rule. */
import { type Failure, reasonClasses } from '../../policy/exits.ts';
import type { About } from '../../ports/protocol.ts';
import { Interview } from './interview.ts';
import type { Spec } from './spec.ts';

/** The rule holds, or its check ends here. */
export function rule(holds: boolean, broken: () => string): asserts holds {
  if (!holds) throw new Error(broken());
}

/** An interview whose handshake is done, if the contract has one. */
export async function greeted({ protocol, about, handshake }: Spec): Promise<Interview> {
  const interview = new Interview(protocol, about);
  if (handshake === undefined) return interview;
  const outcome = await interview.greet(handshake);
  if (outcome.kind === 'failed') throw new Error(`handshake: ${textOf(outcome.failure)} in place of success`);
  if (outcome.kind === 'crashed') throw new Error('handshake: threw', { cause: outcome.error });
  rule(
    outcome.kind === 'done',
    () => `handshake: waits on after the last of ${handshake.peer.length} chunks of the peer`,
  );
  return interview;
}

/** The other end, which reads what this side sends; `undefined` where there is none. */
export function peerOf({ protocol, about, peer = protocol }: Spec): Interview | undefined {
  if (peer === null) return undefined;
  const side: About['side'] = about?.side === 'accept' ? 'dial' : 'accept';
  return new Interview(peer, { ...about, side });
}

/** The chunks of a frame of the contract. */
export function partsOf(frame: unknown): readonly unknown[] {
  return Array.isArray(frame) ? frame : [frame];
}

/** The chunks of all frames. */
export function chunksOf({ frames }: Spec): readonly unknown[] {
  return frames.flatMap(partsOf);
}

export function carriesBytes({ protocol }: Spec): boolean {
  return protocol.carrier !== 'messages';
}

export function textOf({ reason, detail }: Failure): string {
  return detail === undefined ? reason : `${reason} (${detail})`;
}

/** A failure of the peer's making: any known reason but `crashed`, which stands for mistakes of the protocol. */
export function names(failure: Failure): boolean {
  return Object.hasOwn(reasonClasses, failure.reason) && failure.reason !== 'crashed';
}
