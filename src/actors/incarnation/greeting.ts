/** How an incarnation and its peer talk: the handshake of the protocol, what was agreed to, and the frames after it. */
import type { Plan } from '../../endpoints/plan.ts';
import { credentialsOf } from '../../endpoints/schemes.ts';
import type { Deadlines } from '../../liveness/deadlines.ts';
import type { ConnectionEvent } from '../../machines/port.ts';
import type { Failure } from '../../policy/exits.ts';
import { type About, type Agreement, isRefused } from '../../ports/protocol.ts';
import type { Socket } from '../../ports/transport.ts';
import { aboutOf, keepForNext } from './about.ts';
import { Handshake, type Outcome } from './handshake.ts';
import type { IncarnationHost } from './host.ts';
import type { AnyDialogue } from './sending.ts';

/** The parts of an incarnation that talk with its peer. */
export interface Talker {
  readonly plan: Plan;
  readonly host: Pick<IncarnationHost, 'message'>;
  readonly deadlines: Deadlines;
  readonly running: boolean;
  readonly socket: Socket<unknown> | undefined;
  agreement: Agreement | undefined;
  /** Sends a frame ahead of the messages that wait. */
  readonly sending: { urgent(chunk: unknown, id: number): void };
  raise(event: ConnectionEvent): void;
  failed(failure: Failure): void;
  crash(error: unknown): void;
}

/** Undefined when the protocol could not open it: then the incarnation is over. */
export function openDialogue(talker: Talker): AnyDialogue | undefined {
  const { plan } = talker;
  try {
    const dialogue: AnyDialogue = plan.protocol.open(aboutFor(talker));
    if (dialogue.handshake !== undefined || !forHandshake(plan)) return dialogue;
    const detail = `credentials: the protocol ${plan.protocol.name} has no handshake that presents them`;
    talker.failed({ reason: 'bad-config', detail });
  } catch (error) {
    talker.crash(error);
  }
  talker.raise({ type: 'socket-closed' });
  return undefined;
}

/** Whether only a handshake could present the credentials. */
function forHandshake({ credentials, protocol }: Plan): boolean {
  if (credentials === undefined) return false;
  return protocol.carrier !== 'messages' || Object(credentials).handshake !== undefined;
}

/** Starts the handshake; the answer comes as `handshake-done` or `failed`. */
export function greet(talker: Talker, dialogue: AnyDialogue): Handshake {
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

/** A frame that is no heartbeat, once the handshake is done. */
export function deliver({ deadlines, host }: Talker, dialogue: AnyDialogue, frame: unknown): void {
  const { heardAt, patientUntil } = deadlines.pulse;
  const { patience = 0 } = dialogue;
  if (patience > 0 || patientUntil > 0) deadlines.allow(patience, heardAt);
  if (dialogue.isInternal?.(frame)) return;
  deadlines.businessAt = heardAt;
  host.message(frame);
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
  talker.deadlines.agree(agreement);
  talker.agreement = agreement;
  keepForNext(talker.plan, agreement.resume);
}

function aboutFor({ plan, sending }: Talker): About {
  return aboutOf(plan, (chunk) => sending.urgent(chunk, 0));
}
