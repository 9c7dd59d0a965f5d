/** The last hour as a band: of all connections as columns of half a minute, and of one as a strip. */
import { BAND_MS, type BandStep, CONDITIONS, type Condition, STEP_MS, type Stretch } from '../../band.ts';
import { fleetBand, stretchesOfSteps } from '../model/band.ts';
import { clockTime, duration } from '../model/format.ts';
import * as state from '../model/state.ts';

const HEIGHT = 30;
/** A condition of a single connection for a moment is seen, too. */
const LEAST = 2.5;
/** Trouble stands on the ground, where its height can be compared. */
const UPWARDS: readonly Condition[] = ['gave-up', 'suspect', 'waiting', 'alive'];

export function FleetBand() {
  const band = fleetBand.value;
  const steps = band?.steps ?? [];
  const most = Math.max(1, ...steps.map((step) => sumOf(step)));
  return (
    <div class="band" role="img" aria-label={`last hour, all connections: ${fleetText(steps)}`}>
      <svg viewBox={`0 0 ${steps.length} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {steps.map((step, index) => (
          <Column
            key={index}
            step={step}
            at={index}
            most={most}
            title={titleOf(step, (band?.from ?? 0) + index * STEP_MS)}
          />
        ))}
      </svg>
      <span class="band-from">−1 h</span>
      <span class="band-to">now</span>
    </div>
  );
}

function Column(props: {
  readonly step: BandStep;
  readonly at: number;
  readonly most: number;
  readonly title: string;
}) {
  const { step, at, most, title } = props;
  let top = HEIGHT;
  const parts = UPWARDS.flatMap((condition) => {
    const share = step[CONDITIONS.indexOf(condition)] ?? 0;
    if (share === 0) return [];
    const height = Math.min(top, Math.max(condition === 'alive' ? 0 : LEAST, (share / most) * HEIGHT));
    top -= height;
    return [<rect key={condition} class={`s-${condition}`} x={at} y={top} width="1.02" height={height} />];
  });
  if (parts.length === 0) return null;
  return (
    <g>
      <title>{title}</title>
      {parts}
    </g>
  );
}

function sumOf(step: BandStep): number {
  return step.reduce((sum, share) => sum + share, 0);
}

function titleOf(step: BandStep, at: number): string {
  const parts = CONDITIONS.flatMap((condition, place) => {
    const share = step[place] ?? 0;
    return share === 0 ? [] : [`${share < 0.1 ? '<0.1' : Number(share.toFixed(1))} ${condition}`];
  });
  return `${clockTime(at).slice(0, 8)}: ${parts.join(', ')}`;
}

/** The worst of the hour, for those who do not see it. */
function fleetText(steps: readonly BandStep[]): string {
  const known = steps.filter((step) => sumOf(step) > 0);
  if (known.length === 0) return 'nothing known';
  const parts = CONDITIONS.slice(1).flatMap((condition, index) => {
    const troubled = known.filter((step) => (step[index + 1] ?? 0) > 0).length;
    return troubled === 0 ? [] : [`some ${condition} in ${duration(troubled * STEP_MS)}`];
  });
  return `known for ${duration(known.length * STEP_MS)}; ${parts.join(', ') || 'all alive'}`;
}

/** Of one connection; what is not known stays empty. */
export function HourStrip({ id }: { readonly id: string }) {
  state.detailVersion.value;
  const now = Math.floor(state.presentOfSelected.value / 1000) * 1000 + 1000;
  const stretches = stretchesOfSteps(state.details.get(id)?.steps ?? [], now);
  return (
    <div class="hour" role="img" aria-label={`last hour: ${hourText(stretches)}`}>
      {stretches.map(({ from, to, condition }) => (
        <i
          key={from}
          class={`s-${condition}`}
          title={`${condition} for ${duration(to - from)}, from ${clockTime(from).slice(0, 8)}`}
          style={{
            left: `${(((from - now) / BAND_MS + 1) * 100).toFixed(3)}%`,
            width: `max(2px, ${(((to - from) / BAND_MS) * 100).toFixed(3)}%)`,
          }}
        />
      ))}
    </div>
  );
}

/** `alive 52m 3s, suspect 1.2 s`. */
export function hourText(stretches: readonly Stretch[]): string {
  const parts = CONDITIONS.flatMap((condition) => {
    const spent = stretches.filter((each) => each.condition === condition);
    const ms = spent.reduce((sum, { from, to }) => sum + to - from, 0);
    return ms === 0 ? [] : [`${condition} ${duration(ms)}`];
  });
  return parts.join(', ') || 'nothing known';
}
