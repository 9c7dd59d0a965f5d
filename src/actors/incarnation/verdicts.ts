/** The rules by which an incarnation judges its peer, without any state of their own. */
import { foreignText } from '../../base/redact.ts';
import type { Plan } from '../../endpoints/plan.ts';
import type { Proof } from '../../machines/port.ts';
import { classOf } from '../../policy/classes.ts';
import { describeThrown, type Exit, type Failure, failureOfClose } from '../../policy/exits.ts';
import { isStable } from '../../policy/restart.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import type { Talker } from './host.ts';

/** The proof that side, transport and heartbeat mode demand of a peer. `greets`: the protocol has a handshake of its own. */
export function proofOf({ side, mode, provedByOpening }: Plan, greets: boolean): Proof {
  if (greets) return 'answer';
  if (side === 'accept') return 'none';
  if (provedByOpening || mode === 'announce') return 'opening';
  return mode === 'probe' ? 'answer' : 'none';
}

/** The failure behind a close frame or an end of stream. `clean`: after proof, and between two frames. */
function failureOfEnd(close: CloseFrame | undefined, clean: boolean): Failure {
  if (close !== undefined) return failureOfClose(close.code, close.reason);
  return { reason: clean ? 'closed-by-peer' : 'cut-off', detail: 'end of stream' };
}

/** The peer's end as an event of the chart. */
export function endingOf(
  talker: Ended,
  close: CloseFrame | undefined,
): { readonly type: 'half-closed' | 'peer-ended' } & Failure {
  const { dialogue, host, isProved, plan } = talker;
  const whole = close !== undefined || !dialogue?.decoder.midFrame;
  const clean = isProved && whole;
  const own = host.parts.handshakes?.ended(talker, close, whole);
  const mayRead = clean && !close && !own && plan.policy.deadlines.halfClosed !== null;
  return { type: mayRead ? 'half-closed' : 'peer-ended', ...printable(own ?? failureOfEnd(close, clean)) };
}

/** The incarnation whose peer ended its stream. */
interface Ended extends Talker {
  readonly isProved: boolean;
}

/** The failure for an exception of a codec, a handshake or a chart. */
export function crashedBy(error: unknown): Failure {
  return { reason: 'crashed', detail: describeThrown(error), error };
}

/** A failure as charts, events, logs and recordings have it: text of peers, platforms and codecs is made printable here. */
export function printable(failure: Failure): Failure {
  const { code, detail } = failure;
  return {
    ...failure,
    ...(typeof code === 'string' && { code: foreignText(code) }),
    ...(detail && { detail: foreignText(detail) }),
  };
}

/** The exit for what ended an incarnation: the plan decides its class. */
export function exitOf(
  plan: Pick<Plan, 'policy' | 'classOf'>,
  verdict: Failure,
  course: Pick<Exit, 'at' | 'livedMs' | 'proved'>,
): Exit {
  const { reconnect } = plan.policy;
  const { proved } = course;
  return {
    ...verdict,
    class: plan.classOf?.({ ...verdict, proved }, isStable(course, reconnect)) ?? classOf(verdict, reconnect),
    ...course,
  };
}
