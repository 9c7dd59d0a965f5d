/** How an incarnation and its peer talk, beside a handshake: the dialogue is opened, and its messages are delivered. */
import { needsPart } from '../../base/needed.ts';
import { foreignText } from '../../base/redact.ts';
import type { Agreed } from '../../liveness/agreement.ts';
import type { About } from '../../ports/protocol.ts';
import type { AnyDialogue, Talker } from './host.ts';

/** A side without a heartbeat to send asks and announces nothing, whatever the policy says. */
const mute: Agreed = {
  mode: (mode) => (mode === 'listen' || mode === 'exchange' ? 'listen' : undefined),
  interval: (_, interval) => interval,
  hear: undefined,
};

/** Undefined when the protocol could not open it: then the incarnation is over. */
export function openDialogue(talker: Talker): AnyDialogue | undefined {
  const { plan } = talker;
  try {
    const dialogue: AnyDialogue = plan.protocol.open(aboutFor(talker), talker.host);
    const detail = problemOf(talker, dialogue);
    if (detail === undefined) {
      if (dialogue.ping === undefined) talker.deadlines.agree(mute);
      return dialogue;
    }
    talker.failed({ reason: 'bad-config', detail });
  } catch (error) {
    talker.crash(error);
  }
  talker.raise({ type: 'socket-closed' });
  return undefined;
}

/** What `handshakes` does for a dialogue. */
const members = ['handshake', 'goodbye', 'ended', 'acknowledges', 'isInternal', 'full', 'patience'] as const;

function problemOf({ plan, host }: Talker, dialogue: AnyDialogue): string | undefined {
  if (host.parts.handshakes === undefined && members.some((member) => dialogue[member] !== undefined))
    return needsPart(`the protocol ${plan.protocol.name}`, 'handshakes').message;
  return plan.misfitOf?.(dialogue);
}

/** A message of the peer. */
export function deliver({ deadlines, host }: Talker, frame: unknown): void {
  deadlines.businessAt = deadlines.pulse.heardAt;
  host.traffic?.delivered();
  host.message(frame);
}

/** The facts that the protocol is told when it opens a dialogue. */
export function aboutFor({ plan, host, sending }: Talker): About {
  const { side, policy } = plan;
  return {
    side,
    policy,
    previous: host.parts.handshakes?.previousOf(plan),
    get url() {
      const url = new URL(plan.endpointUrl);
      url.username = url.password = '';
      return url;
    },
    write: (chunk) => sending.urgent(chunk, 0),
    warn: (detail) => host.warned?.(foreignText(detail)),
  };
}
