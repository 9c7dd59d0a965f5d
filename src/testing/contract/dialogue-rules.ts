/** Rules of the codec and the dialogue: messages, heartbeats, last words, ends, handshakes. */
import { isHoldfastError } from '../../base/errors.ts';
import { seeded } from '../../base/seeded.ts';
import { type ExitReason, reasonClasses } from '../../policy/exits.ts';
import type { CloseFrame } from '../../ports/transport.ts';
import { join, randomCuts } from './chunks.ts';
import { Interview } from './interview.ts';
import { carriesBytes, greeted, names, partsOf, peerOf, rule, textOf } from './rules.ts';
import { describe, isSame } from './same-value.ts';
import type { HandshakeScript, RefusedHandshake, Spec } from './spec.ts';

const roundTrips = 20;
const closeCodes = [1000, 1001, 1002, 1005, 1006, 1008, 1011, 1013, 3000, 4000, 4001, 4400, 4401, 4403, 4999];

export async function messagesArrive(spec: Spec): Promise<void> {
  const { messages, arrives = (message) => message } = spec;
  const { dialogue } = await greeted(spec);
  const chunks = messages.map((message) => encoded(spec, dialogue.encode(message), message));
  const expected = messages.map(arrives);
  const ways = [chunks, ...(carriesBytes(spec) ? cutsOf(chunks as Uint8Array[], spec) : [])];
  for (const way of ways) {
    const peer = peerOf(spec)?.push(...way);
    if (peer === undefined) return;
    const { failure, messages: arrived } = peer;
    rule(failure === undefined, () => `the peer refuses what encode returns: ${failure && textOf(failure)}`);
    const received = spec.transparent ? [join(arrived as Uint8Array[])] : arrived;
    const sent = spec.transparent ? [join(expected as Uint8Array[])] : expected;
    const at = sent.findIndex((message, index) => !isSame(message, received[index]));
    rule(
      at === -1,
      () => `message ${at} arrives as ${describe(received[at])}, expected ${describe(sent[at])}`,
    );
    rule(
      received.length === sent.length,
      () => `${received.length} messages arrive, ${sent.length} were sent`,
    );
    rule(!peer.dialogue.decoder.midFrame, () => 'midFrame of the peer is true after the last message');
  }
}

/** Checks the members of the protocol that work before a dialogue, where it has them. */
function encoded({ protocol }: Spec, chunk: unknown, message: unknown): unknown {
  const early = protocol.encode?.(message);
  rule(
    protocol.encode === undefined || isSame(early, chunk),
    () => `encode of the protocol and of its dialogue differ for ${describe(message)}`,
  );
  const size = protocol.measure?.(message) ?? 0;
  rule(
    size >= 0 && Number.isFinite(size),
    () => `measure is ${size} for ${describe(message)}, expected bytes`,
  );
  return chunk;
}

function cutsOf(chunks: readonly Uint8Array[], { seed = 1 }: Spec): Uint8Array[][] {
  const random = seeded(seed);
  return Array.from({ length: roundTrips }, () => randomCuts(join(chunks), random));
}

export async function othersAreRefused(spec: Spec): Promise<void> {
  const { dialogue } = await greeted(spec);
  const { encode, measure } = spec.protocol;
  const send = (message: unknown) => encode?.(message) ?? [measure?.(message), dialogue.encode(message)];
  for (const value of spec.unsendable ?? []) {
    const error = thrownBy(() => send(value));
    rule(error !== undefined, () => `encode takes ${describe(value)}, expected HoldfastError("bad-message")`);
    rule(
      isHoldfastError(error.thrown) && error.thrown.code === 'bad-message',
      () => `encode throws ${error.thrown} for ${describe(value)}, expected HoldfastError("bad-message")`,
    );
  }
}

function thrownBy(run: () => unknown): { readonly thrown: unknown } | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return { thrown };
  }
}

export async function heartbeatsAreKnown(spec: Spec): Promise<void> {
  const interview = await greeted(spec);
  const ping = interview.dialogue.ping?.(1);
  if (ping === undefined) return;
  const reply = spec.answer ?? answerOf(spec, ping);
  if (reply === undefined) return;
  interview.push(reply);
  const pong = heartbeatIn(interview, 'the answer to ping(1)');
  rule(pong.kind !== 'ping', () => 'isHeartbeat takes the answer to ping(1) for a ping');
  rule(pong.id === undefined || pong.id === 1, () => `the answer to ping(1) has the id ${pong.id}`);
}

/** What the peer answers to `ping`, once it has recognised it; `undefined` for announcements. */
function answerOf(spec: Spec, ping: unknown): unknown {
  const peer = peerOf(spec)?.push(ping);
  if (peer === undefined) return undefined;
  const heard = heartbeatIn(peer, 'ping(1)');
  rule(heard.kind !== 'pong', () => 'isHeartbeat of the peer takes ping(1) for a pong');
  return heard.kind === 'ping' ? peer.dialogue.pong?.(heard) : undefined;
}

function heartbeatIn({ failure, frames, dialogue }: Interview, what: string) {
  rule(failure === undefined, () => `${what}: ${failure && textOf(failure)}`);
  rule(frames.length === 1, () => `${what}: ${frames.length} frames, expected 1`);
  rule(!dialogue.decoder.midFrame, () => `${what}: midFrame is true after it`);
  const [frame] = frames;
  const heartbeat = dialogue.isHeartbeat(frame) || (frame as ReturnType<typeof dialogue.isHeartbeat>);
  rule(
    typeof heartbeat === 'object' && ['ping', 'pong', 'beat'].includes(heartbeat.kind),
    () => `${what}: isHeartbeat does not recognise ${describe(frame)}`,
  );
  return heartbeat;
}

export async function lastWordsAreWhole(spec: Spec): Promise<void> {
  for (const why of Object.keys(reasonClasses) as ExitReason[]) {
    const words = (await greeted(spec)).dialogue.goodbye?.(why);
    if (words === undefined) continue;
    rule(
      (words as { length?: number }).length !== 0,
      () => `goodbye(${why}) is empty, expected a frame or undefined`,
    );
    const peer = peerOf(spec)?.push(words);
    if (peer === undefined) continue;
    const { failure, dialogue } = peer;
    rule(
      failure?.reason !== 'protocol-error',
      () => `goodbye(${why}): ${failure && textOf(failure)} of the peer`,
    );
    rule(!dialogue.decoder.midFrame, () => `goodbye(${why}): the peer waits for the rest of the frame`);
  }
}

export async function endsHaveReasons(spec: Spec): Promise<void> {
  const closes: readonly (CloseFrame | undefined)[] = [
    undefined,
    ...closeCodes.map((code) => ({ code, reason: 'text of the peer' })),
  ];
  for (const close of closes) {
    const failure = (await greeted(spec)).dialogue.ended?.(close);
    rule(
      failure === undefined || names(failure),
      () => `ended(${describe(close)}): ${failure && textOf(failure)}`,
    );
  }
}

/** A frame that a handshake does not expect, and the end of the connection, have a reason or are waited out. */
export async function surprisesCrashNoHandshake(spec: Spec): Promise<void> {
  const peers = [...spec.frames.map(partsOf), []];
  const known = peers.map((peer) => surprise(spec, { credentials: spec.handshake?.credentials, peer }));
  await Promise.all([...known, ...peers.map((peer) => surprise(spec, { credentials: undefined, peer }))]);
}

async function surprise({ protocol, about }: Spec, script: HandshakeScript<unknown>): Promise<void> {
  const outcome = await new Interview(protocol, about).greet(script);
  const after = `after ${script.peer.length === 0 ? 'no frame' : describe(script.peer)}`;
  if (outcome.kind === 'crashed')
    throw new Error(`handshake: crashed ${after}: ${outcome.error}`, { cause: outcome.error });
  if (outcome.kind !== 'failed') return;
  const { failure } = outcome;
  rule(names(failure), () => `handshake: ${textOf(failure)} is no reason of a peer ${after}`);
}

export async function refuses(spec: Spec, script: RefusedHandshake<unknown>): Promise<void> {
  const { protocol, about } = spec;
  const outcome = await new Interview(protocol, about).greet(script, script.close);
  const expected = `expected ${script.reason}`;
  if (outcome.kind === 'crashed')
    throw new Error(`crashed, ${expected} by an error of the class Refused: ${outcome.error}`, {
      cause: outcome.error,
    });
  rule(outcome.kind !== 'done', () => `the handshake succeeds, ${expected}`);
  rule(outcome.kind === 'failed', () => `the handshake waits on, and ended() names no reason, ${expected}`);
  const { failure } = outcome;
  rule(failure.reason === script.reason, () => `${textOf(failure)}, ${expected}`);
}
