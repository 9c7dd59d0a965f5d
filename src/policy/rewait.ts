/** The effect of another policy on a wait that is under way. A pure function; times are monotonic milliseconds. */
import { elapsedAt, hintDelay, type ReconnectPolicy } from './restart.ts';

/** A wait as it was scheduled. `gate`: its gate was switched off, and the delay begins now. */
export interface Waiting {
  readonly because: 'backoff' | 'hint' | 'gate';
  /** When it ends. */
  readonly at: number;
  /** When it was to end as scheduled: `online` may have moved the end. */
  readonly until: number;
  /** The first exit since the connection was stable. */
  readonly since: number;
}

/** The delay of the backoff before and by the new policy; undefined: the same backoff. */
export interface Redrawn {
  readonly beforeMs: number;
  readonly delayMs: number;
}

/** `expired`: the wait would end after `maxElapsed`. Undefined: it stays as it is. */
export type Rewait =
  | 'expired'
  | { readonly delayMs: number; readonly because: 'backoff' | 'hint' }
  | undefined;

/** A wait becomes shorter, counted from its beginning, and never longer. */
export function rewaited(
  wait: Waiting,
  redrawn: Redrawn | undefined,
  before: Pick<ReconnectPolicy, 'maxHint'>,
  after: Pick<ReconnectPolicy, 'maxHint' | 'maxElapsed'>,
  now: number,
  random: () => number,
): Rewait {
  const at = endOf(wait, redrawn, before, after, now, random);
  if (at > elapsedAt(wait.since, after)) return 'expired';
  if (wait.because !== 'gate' && at === wait.at) return undefined;
  return { delayMs: Math.max(1, at - now), because: wait.because === 'hint' ? 'hint' : 'backoff' };
}

function endOf(
  { because, at, until }: Waiting,
  redrawn: Redrawn | undefined,
  before: Pick<ReconnectPolicy, 'maxHint'>,
  after: Pick<ReconnectPolicy, 'maxHint'>,
  now: number,
  random: () => number,
): number {
  switch (because) {
    case 'gate':
      return now + (redrawn?.delayMs ?? 0);
    case 'hint':
      return after.maxHint < before.maxHint ? Math.min(at, now + hintDelay(after.maxHint, random)) : at;
    case 'backoff':
      return redrawn === undefined ? at : Math.min(at, until - redrawn.beforeMs + redrawn.delayMs);
  }
}
