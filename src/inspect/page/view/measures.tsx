/** Round trips, silence and probes of the selected connection over time. */
import { useEffect, useRef } from 'preact/hooks';
import { lookAt, theme } from '../model/actions.ts';
import * as state from '../model/state.ts';
import { createPlot, type Plot, plots } from './plot.ts';

const WINDOW_MS = 60_000;
const LEAST_MS = 15_000;

export function Measures() {
  state.detailVersion.value;
  const detail = state.detail.value;
  const empty = detail === undefined || detail.samples.length === 0;
  return (
    <section class="panel measures" aria-label="measurements">
      <header>
        <h2>liveness</h2>
        <Legend />
      </header>
      <div class="plots" data-empty={empty}>
        {plots.map((lines) => (
          <OnePlot key={lines.name} lines={lines} />
        ))}
        {empty && <p class="nothing">{emptyReason()}</p>}
      </div>
    </section>
  );
}

function emptyReason(): string {
  if (state.selected.value === undefined) return 'No connection is selected.';
  return state.source.value === 'recording'
    ? 'The recording has no measurements of this connection.'
    : 'No measurement yet.';
}

function Legend() {
  return (
    <ul class="legend">
      {plots.flatMap(({ series }) =>
        series.map(({ label, name = label, explanation }) => (
          <li key={label} class={`legend-${label}`} title={explanation}>
            <span class="full">{name}</span>
            <span class="short">{label}</span>
          </li>
        )),
      )}
      <li class="legend-band">suspicion</li>
    </ul>
  );
}

function OnePlot({ lines }: { readonly lines: (typeof plots)[number] }) {
  const ref = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const made = createPlot(element, lines, lookAt);
    plot.current = made;
    const observer = new ResizeObserver(() => made.resize(element.clientWidth, element.clientHeight));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [lines]);
  const { samples = [], suspicions = [] } = state.detail.value ?? {};
  const cursor = state.cursor.value;
  const { from, to } = frame(cursor, samples[0]?.at);
  useEffect(() => plot.current?.update({ samples, suspicions, from, to, cursor }));
  theme.value;
  return <div class="plot" ref={ref} />;
}

/** The time axis: the last minute, or the one around the cursor, at least `LEAST_MS`. */
function frame(cursor: number | undefined, first: number | undefined): { from: number; to: number } {
  const end = state.presentOfSelected.value;
  const earliest = first ?? end;
  const to =
    cursor === undefined ? end : Math.min(end, Math.max(cursor + WINDOW_MS / 4, earliest + WINDOW_MS));
  return { from: Math.min(Math.max(earliest, to - WINDOW_MS), to - LEAST_MS), to };
}
