/** Tells screen readers which connections came into trouble, and out of it: at most one text in two seconds. */
import { signal } from '@preact/signals';
import { systemClock } from '../../../time/clock.ts';
import { phaseOf } from '../../counts.ts';
import type { Counts, Row } from '../../rows.ts';
import { idOf } from './reporters.ts';

type Phase = keyof Counts;

export const announcement = signal('');

const PAUSE_MS = 2000;
/** More names than these are a number. */
const NAMED = 3;
const told: ReadonlySet<Phase> = new Set(['suspect', 'waiting', 'gave-up', 'alive']);
/** States between two that are told: of a connection that goes through them the end is told. */
const waiting = new Map<string, Phase>();
const lastTold = new Map<string, Phase>();
let scheduled = false;

/** A row changed. */
export function noteMove(before: Row | undefined, after: Row): void {
  const phase = phaseOf(after);
  if (before === undefined || phase === phaseOf(before) || !told.has(phase)) return;
  const known = lastTold.get(after.id) ?? 'alive';
  if (known === phase) waiting.delete(after.id);
  else waiting.set(after.id, phase);
  if (scheduled || waiting.size === 0) return;
  scheduled = true;
  systemClock.scheduler.schedule(flush, PAUSE_MS);
}

/** A row is gone. */
export function forgetMoves(id: string): void {
  waiting.delete(id);
  lastTold.delete(id);
}

export function announce(text: string): void {
  // The same text again is no news for a screen reader, unless it differs.
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}

function flush(): void {
  scheduled = false;
  if (waiting.size === 0) return;
  announce(textOf(waiting));
  for (const [id, phase] of waiting) {
    if (phase === 'alive') lastTold.delete(id);
    else lastTold.set(id, phase);
  }
  waiting.clear();
}

/** `feed is suspect. 12 connections are waiting.` */
export function textOf(moves: ReadonlyMap<string, Phase>): string {
  const byPhase = new Map<Phase, string[]>();
  for (const [id, phase] of moves) byPhase.set(phase, [...(byPhase.get(phase) ?? []), idOf(id)]);
  return Array.from(byPhase, ([phase, ids]) => sentence(phase, ids)).join(' ');
}

function sentence(phase: Phase, ids: readonly string[]): string {
  const subject = ids.length > NAMED ? `${ids.length} connections` : ids.join(', ');
  if (phase === 'gave-up') return `${subject} gave up.`;
  return `${subject} ${ids.length === 1 ? 'is' : 'are'} ${phase}.`;
}
