/** The history of the selected connection as a strip of states, with buttons to step through it. */
import { useRef } from 'preact/hooks';
import * as actions from '../model/actions.ts';
import { duration } from '../model/format.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { IconButton } from './icons.tsx';

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

export function Timeline() {
  const { playing, speed, SPEEDS } = actions;
  const last = (state.detail.value?.steps.length ?? 0) - 1;
  const { index } = state.moment.value;
  const now = state.cursor.value === undefined;
  const faster = () => {
    speed.value = SPEEDS[(SPEEDS.indexOf(speed.value) + 1) % SPEEDS.length] ?? 1;
  };
  return (
    <section class="timeline" aria-label="history">
      <div class="timeline-buttons">
        <IconButton
          icon="first"
          title="First step"
          disabled={index <= 0}
          onClick={() => actions.step(-last - 1)}
        />
        <IconButton
          icon="back"
          title="Step back"
          keys="←"
          disabled={index <= 0}
          onClick={() => actions.step(-1)}
        />
        <IconButton
          icon={playing.value ? 'pause' : 'play'}
          title={playing.value ? 'Stop playing' : 'Play'}
          disabled={last < 0}
          onClick={actions.togglePlay}
        />
        <IconButton icon="ahead" title="Step ahead" keys="→" disabled={now} onClick={() => actions.step(1)} />
        <IconButton icon="last" title="To now" keys="Esc" disabled={now} onClick={actions.goLive} />
        <button type="button" class="button speed" title="Speed of playing" onClick={faster}>
          {speed.value}×
        </button>
      </div>
      <Strip />
    </section>
  );
}

function Strip() {
  state.detailVersion.value;
  const ref = useRef<HTMLDivElement>(null);
  const { from, to } = actions.span();
  const whole = Math.max(1, to - from);
  const steps = state.detail.value?.steps ?? [];
  const at = state.cursor.value ?? to;
  const drag = (event: PointerEvent) => {
    if (event.buttons === 0 || ref.current === null || steps.length === 0) return;
    const { left, width } = ref.current.getBoundingClientRect();
    actions.playing.value = false;
    actions.lookAt(from + ((event.clientX - left) / width) * whole);
  };
  return (
    <div
      class="strip"
      ref={ref}
      role="slider"
      tabIndex={0}
      aria-label="time"
      aria-valuemin={0}
      aria-valuemax={Math.round(whole)}
      aria-valuenow={Math.round(at - from)}
      aria-valuetext={`${duration(to - at)} ago`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
    >
      <Track steps={steps} from={from} to={to} />
      <i
        class="strip-cursor"
        data-past={state.cursor.value !== undefined}
        style={{ left: shareOf(at, from, whole) }}
      />
      <span class="strip-from">−{duration(whole)}</span>
      <span class="strip-to">{state.cursor.value === undefined ? 'now' : `−${duration(to - at)}`}</span>
    </div>
  );
}

function Track({ steps, from, to }: { steps: readonly Step[]; from: number; to: number }) {
  const whole = Math.max(1, to - from);
  return (
    <div class="strip-track">
      {stretchesOf(steps, to).map((stretch) => (
        <i
          key={stretch.from}
          class={`s-${stretch.name}`}
          title={stretch.name}
          style={{
            left: shareOf(stretch.from, from, whole),
            width: `max(2px, ${((stretch.to - stretch.from) / whole) * 100}%)`,
          }}
        />
      ))}
      {steps
        .filter(({ unhandled }) => unhandled)
        .map(({ t }) => (
          <i key={t} class="strip-unhandled" style={{ left: shareOf(t, from, whole) }} />
        ))}
    </div>
  );
}

function shareOf(at: number, from: number, whole: number): string {
  return `${(((at - from) / whole) * 100).toFixed(3)}%`;
}

/** Spans of one state; those next to each other are one. */
function stretchesOf(steps: readonly Step[], end: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { t, to, chart } of steps) {
    const name = chart === 'connection' ? to?.split('.')[1] : undefined;
    const before = stretches.at(-1);
    if (name === undefined || before?.name === name) continue;
    if (before !== undefined) stretches[stretches.length - 1] = { ...before, to: t };
    stretches.push({ from: t, to: end, name });
  }
  return stretches;
}
