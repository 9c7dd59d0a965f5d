/** Members of dialogues beside their codec and their heartbeat: last words, acknowledgements, and windows of their own. */
import type { ExitReason, Failure } from '../../policy/exits.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import type { AnyDialogue, Talker } from './host.ts';
import { deliver } from './talk.ts';
import { crashedBy } from './verdicts.ts';

/** Incarnations whose peer has ended its stream: no frame of it will open a window that is full. */
const oneWay = new WeakSet<Talker>();

/** Incarnations whose last words the peer answers before this side ends its stream. */
const awaiting = new WeakSet<Talker>();

/** A member that code of the user computes, and whose error must not reach a socket or a sender. */
function asked<Member>(talker: Talker, read: (dialogue: AnyDialogue) => Member): Member | undefined {
  try {
    return talker.dialogue && read(talker.dialogue);
  } catch (error) {
    talker.crash(error);
    return undefined;
  }
}

/** A frame of the dialogue, heartbeats included. */
export function frame(talker: Talker, dialogue: AnyDialogue, frame: unknown, isHeartbeat: boolean): void {
  const { sending } = talker;
  const numbers = dialogue.acknowledges?.(frame);
  if (numbers !== undefined) sending.receipts?.acknowledged(numbers);
  if (talker.handshake !== undefined) talker.handshake.deliver(frame);
  else if (!isHeartbeat) hand(talker, dialogue, frame);
  if (dialogue.full === undefined) return;
  sending.pump();
  sending.reportDrained();
}

/** A frame that is no heartbeat, once the handshake is done. */
export function hand(talker: Talker, dialogue: AnyDialogue, frame: unknown): void {
  const { deadlines } = talker;
  const { heardAt, patientUntil } = deadlines.pulse;
  const ms = dialogue.patience ?? 0;
  if (ms > 0 || patientUntil > 0) deadlines.allow(ms, heardAt);
  if (!dialogue.isInternal?.(frame)) deliver(talker, frame);
}

/** No last words inside a message, and none to a peer that reads no more; none from a codec that throws, as the incarnation ends anyway. */
export function sayLast(talker: Talker, why: ExitReason): boolean {
  const { dialogue, sending, socket } = talker;
  const last = sending.mayEnd ? lastWords(dialogue, why) : undefined;
  sending.shut();
  if (last === undefined) return false;
  socket?.write(last, false);
  const awaits = !oneWay.has(talker) && dialogue?.awaitsAnswer === true;
  if (awaits) awaiting.add(talker);
  return awaits;
}

function lastWords(dialogue: AnyDialogue | undefined, why: ExitReason): unknown {
  try {
    return dialogue?.goodbye?.(why);
  } catch {
    return undefined;
  }
}

/** The exit that a protocol takes an end for; undefined: what any protocol does. */
export function ended(talker: Talker, close: CloseFrame | undefined, whole: boolean): Failure | undefined {
  const failure = whole ? meaningOf(talker.dialogue, close) : undefined;
  oneWay.add(talker);
  if (awaiting.has(talker)) talker.socket?.end(talker.host.goodbyeFrame);
  return failure;
}

function meaningOf(dialogue: AnyDialogue | undefined, close: CloseFrame | undefined): Failure | undefined {
  try {
    return dialogue?.ended?.(close);
  } catch (error) {
    return crashedBy(error);
  }
}

const full = (dialogue: AnyDialogue) => dialogue.full;
const patience = (dialogue: AnyDialogue) => dialogue.patience;

export const isFull = (talker: Talker) => asked(talker, full) === true;
export const isStuck = (talker: Talker) => oneWay.has(talker) && isFull(talker);
export const patienceOf = (talker: Talker) => asked(talker, patience) ?? 0;
