/**
 * Suspect fast, condemn slowly, never for our own stall: the bounds of `docs`, recomputed from what went
 * over the wire. A dead peer is condemned in time, and a live one never.
 */

import type { StateEvent } from '../../src/actors/supervisor/events.ts';
import type { ExitReason } from '../../src/policy/exits.ts';
import type { HeartbeatMode } from '../../src/ports/protocol.ts';
import { type Life, nameOf } from './lifelines.ts';
import type { Tap } from './tap.ts';
import type { World } from './world.ts';

/** Whole milliseconds round up, in several places. */
const SLACK = 5;
/** A late stage starts again at most this often in a row. */
const GRACES = 2;
/** A ping has no more. */
const PING_BYTES = 10;
/** A timer is late beyond this. */
const LATE = 50;

const timeouts: readonly ExitReason[] = [
  'connect-timeout',
  'handshake-timeout',
  'heartbeat-timeout',
  'write-timeout',
];
const provoked: readonly ExitReason[] = ['protocol-error', 'message-too-big', 'crashed'];

/** Watches one incarnation after each callback. */
export function checkDeadlines(world: World, life: Life, mode: HeartbeatMode | undefined): void {
  const { tap, state } = life;
  const { deadlines } = world.settings.policy;
  if (tap === undefined && state === 'connecting') {
    return limit(world, life, life.since, deadlines.provider, 'did not dial');
  }
  if (tap === undefined || state === 'closed') return checkReturn(world, life);
  if (state === 'connecting') {
    return limit(world, life, tap.dialledAt, deadlines.connect + deadlines.handshake, 'became neither');
  }
  if (state === 'closing') {
    const goodbye = 2 * deadlines.close + (deadlines.halfClosed ?? 0);
    return limit(world, life, life.since, goodbye, 'did not close');
  }
  checkWrites(world, life, tap);
  // What arrived before the goodbye is handled, and the answer to it is awaited.
  if (tap.partedAt !== undefined)
    limit(world, life, tap.partedAt, 2 * deadlines.close, 'did not end after the goodbye of its session');
  else if (mode === 'probe' && !tap.paused) checkProbes(world, life, tap);
  else if (!tap.paused && (mode === 'listen' || mode === 'exchange')) checkSilence(world, life, tap);
  if (mode !== undefined && mode !== 'listen') checkOurVoice(world, life, tap);
}

function checkReturn(world: World, life: Life): void {
  if (life.returnsAt === undefined || life.handle.status !== 'waiting') return;
  limit(world, life, life.returnsAt, 0, 'did not come back');
}

/** Beyond `from + ms`, our own stalls, and `grace` for each of two: by default the whole stage starts again. */
function limit(world: World, life: Life, from: number, ms: number, what: string, grace = ms): void {
  const { now } = world;
  if (now <= from + ms + SLACK) return;
  const stalls = world.stallsSince(from);
  const allowed = ms + stalls.ms + Math.min(stalls.count, GRACES) * (grace + LATE);
  if (now > from + allowed + SLACK) {
    world.violated(`${nameOf(life)} ${what} within ${allowed} ms of ${from}: ${life.state}`);
  }
}

function checkWrites(world: World, life: Life, tap: Tap): void {
  const { deadlines, heartbeat } = world.settings.policy;
  if (!tap.writing || deadlines.write === null) return;
  limit(
    world,
    life,
    tap.progressAt,
    deadlines.write + heartbeat.condemnAfter,
    'was not condemned for its writes',
  );
}

/** `interval + condemnAfter + transit`, where what is queued ahead of the probe postpones it. */
function checkProbes(world: World, life: Life, tap: Tap): void {
  const { interval, condemnAfter, suspectAfter, transitMax } = world.settings.policy.heartbeat;
  if (interval === null || tap.heardAt === undefined || tap.writing) return;
  // A handshake has a deadline of its own.
  const heardAt = Math.max(life.aliveAt, tap.heardAt);
  const asked = Math.max(heardAt + interval, tap.askedAt ?? 0);
  // A measured rate may be lower than 64 kbit/s; the bound holds for any.
  const transit = tap.askedAt !== undefined && tap.askedBehind > PING_BYTES ? transitMax : 0;
  const verdict = Math.max(condemnAfter, suspectAfter.max) + transit;
  limit(world, life, asked, verdict, 'was not condemned for its silence', suspectAfter.max);
  if (tap.askedAt === undefined && (tap.pingedAt ?? 0) < tap.heardAt) {
    limit(world, life, heardAt, untilLook(world, tap, interval), 'did not ask');
  }
}

/** Pieces of a message of a WebSocket are looked for when an answer, or the verdict, is due: until then nothing more is asked. */
function untilLook(world: World, tap: Tap, interval: number): number {
  const { condemnAfter, suspectAfter, transitMax } = world.settings.policy.heartbeat;
  if (!tap.host.includes('websocket')) return interval;
  const look = Math.max(interval, condemnAfter, suspectAfter.max);
  return tap.askedBehind > PING_BYTES ? look + transitMax : look;
}

/** `2 * interval + condemnAfter`. */
function checkSilence(world: World, life: Life, tap: Tap): void {
  const { interval, condemnAfter, suspectAfter } = world.settings.policy.heartbeat;
  if (interval === null) return;
  // A handshake has a deadline of its own.
  const heardAt = Math.max(life.aliveAt, tap.heardAt ?? tap.openedAt ?? world.now);
  const verdict = 2 * interval + condemnAfter;
  limit(world, life, heardAt, verdict, 'was not condemned for its silence', suspectAfter.max);
}

/** A peer that streams to us still hears from us. */
function checkOurVoice(world: World, life: Life, tap: Tap): void {
  const { interval } = world.settings.policy.heartbeat;
  if (interval === null || tap.writing || tap.askedAt !== undefined) return;
  // What a suspect has begun to send is held, and a heartbeat does not split it.
  if (life.state === 'suspect' && tap.midMessage) return;
  const spokeAt = tap.spokeAt ?? tap.openedAt ?? world.now;
  // While an answer was awaited, there was nothing more to say.
  if (world.now <= tap.answeredAt + SLACK) return;
  limit(world, life, spokeAt, untilLook(world, tap, interval), 'said nothing');
}

/** Called when an incarnation begins to close. */
export function checkVerdict(world: World, life: Life, { reason, detail }: StateEvent): void {
  const { tap } = life;
  if (tap === undefined || reason === undefined) return;
  if (provoked.includes(reason) && !tap.insulted) {
    world.violated(`${nameOf(life)} ended as ${reason}, and nobody provoked it: ${detail}`);
  }
  if (!timeouts.includes(reason)) return;
  if (tap.paused && reason === 'heartbeat-timeout') {
    world.violated(`${nameOf(life)} was condemned for its silence while we did not read`);
  }
  if (tap.disturbed || isRecovering(world, life, reason)) return;
  const patient = !/slow|deaf|mute/.test(tap.host);
  if (patient && world.stallsSince(tap.heardAt ?? life.since).count <= GRACES) {
    world.violated(`${nameOf(life)} was condemned by ${reason}, and is alive: heard at ${tap.heardAt}`);
  }
  const unread = tap.sentToUs[0];
  if (
    reason === 'heartbeat-timeout' &&
    unread !== undefined &&
    unread + world.settings.oneWayMs < world.now
  ) {
    world.violated(`${nameOf(life)} was condemned while input from ${unread} waited in the kernel`);
  }
}

/** When a dial or a listening window is over. A deadline just before the end of a stall finds no late timer. */
function dueAt({ settings }: World, { since, tap }: Life, reason: ExitReason): number {
  const { deadlines, heartbeat } = settings.policy;
  if (reason === 'connect-timeout') return (tap?.dialledAt ?? since) + deadlines.connect;
  const openedAt = tap?.host.includes('websocket') ? tap.upgradedAt : tap?.openedAt;
  if (reason === 'handshake-timeout') return (openedAt ?? since) + deadlines.handshake;
  const silentSince = tap?.heardAt ?? tap?.openedAt ?? since;
  return silentSince + 2 * (heartbeat.interval ?? 0) + heartbeat.condemnAfter;
}

/** The simulated peers stalled with us: answers may only now be under way, though no timer was late. */
function isRecovering(world: World, life: Life, reason: ExitReason): boolean {
  const sinceStall = world.now - world.stallEndedAt;
  if (sinceStall >= 2 * world.settings.oneWayMs + SLACK) return false;
  return sinceStall > SLACK || world.now - dueAt(world, life, reason) <= LATE;
}
