/** The wait of the selected connection: a line with its reason, and its countdown on the active state. */
import type { Box } from '../../chart-layout.ts';
import { duration } from '../model/format.ts';
import * as state from '../model/state.ts';
import type { Wait } from '../model/wait.ts';
import { Ring } from './phase.tsx';

/** The time by which a countdown runs: that of the cursor, or the present. */
function timeShown(): number {
  return state.shownTime.value;
}

export function leftOf({ until }: Wait): string | undefined {
  const left = until === undefined ? 0 : until - timeShown();
  return left > 0 ? duration(left) : undefined;
}

/** Share of the wait that is left, from 1 to 0. */
export function shareOf({ since, until }: Wait): number {
  if (until === undefined || until <= since) return 0;
  return Math.max(0, Math.min(1, (until - timeShown()) / (until - since)));
}

/** Stays in place while nothing waits, so that the charts do not jump. */
export function WaitLine({
  wait,
  otherwise,
}: {
  readonly wait: Wait | undefined;
  readonly otherwise: string;
}) {
  if (wait === undefined)
    return (
      <p class="wait-line">
        <span class="wait-text">{otherwise}</span>
      </p>
    );
  const left = leftOf(wait);
  return (
    <p class="wait-line wait-line-lit" data-wait={wait.reason}>
      {wait.until !== undefined && <Ring since={wait.since} until={wait.until} now={timeShown()} />}
      <b class="wait-text">{wait.reason}</b>
      {left !== undefined && <span class="wait-left">{left}</span>}
    </p>
  );
}

/** Drawn on the active state of a full drawing: the time left beside its name, and a bar that empties. */
export function Countdown({ wait, box }: { readonly wait: Wait; readonly box: Box | undefined }) {
  const left = leftOf(wait);
  if (box === undefined || left === undefined) return null;
  const { x, y, width, height } = box;
  return (
    <g class="countdown">
      <text x={x + width - 12} y={y + 18} text-anchor="end">
        {left}
      </text>
      <rect x={x + 8} y={y + height - 5} width={(width - 16) * shareOf(wait)} height="3" rx="1.5" />
    </g>
  );
}
