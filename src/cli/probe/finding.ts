/** The answer of `holdfast probe`, as data and as a line. */
import { foreignText } from '../../base/redact.ts';

/** Times in milliseconds. */
export interface Finding {
  /** Credentials redacted. */
  readonly url: string;
  readonly alive: boolean;
  /** Time from the start until the peer was alive, or until the failure. */
  readonly afterMs: number;
  /** The smoothed round-trip time, once an answer was timed. */
  readonly rttMs?: number;
  /** The time that it stayed alive, where that was asked for. */
  readonly heldMs?: number;
  /** A reason of an exit, `timeout`, or `interrupted`. */
  readonly reason?: string;
  readonly code?: string | number;
  readonly detail?: string;
}

/** The line, without its line break. */
export function lineOf({ url, alive, afterMs, rttMs, heldMs, reason, code, detail }: Finding): string {
  if (alive) {
    const rtt = rttMs === undefined ? '' : `, rtt ${timeText(rttMs)}`;
    return `alive ${url} in ${timeText(afterMs)}${heldMs === undefined ? '' : `, for ${timeText(heldMs)}`}${rtt}`;
  }
  const lived = heldMs === undefined ? '' : `, ${timeText(heldMs)} after it was alive`;
  const why = `${reason}${code === undefined ? '' : ` (${code})`} after ${timeText(afterMs)}${lived}`;
  return `not alive ${url}: ${why}${detail === undefined ? '' : `: ${foreignText(detail)}`}`;
}

function timeText(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${Math.round(ms / 100) / 10} s`;
  return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}
