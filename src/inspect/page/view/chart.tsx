/** The statechart of the selected connection, with what it did last below. */
import { chartAlone } from '../model/actions.ts';
import { clockTime, duration } from '../model/format.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { Picture } from './chart-picture.tsx';
import { IconButton } from './icons.tsx';
import { useZoom } from './use-zoom.ts';

const NOTHING: readonly string[] = [];

export function Chart() {
  const row = state.selectedRow.value;
  const { model, layout } = state.machineOf(row);
  const { step } = state.moment.value;
  const active = activeOf(step);
  const { ref, view, dragging, fitted, by, fit } = useZoom(
    layout,
    active === undefined ? undefined : layout.nodes[active],
  );
  const moves = dragging || !fitted ? '' : 'glides';
  return (
    <section class="chart" aria-label="statechart">
      <div class="canvas" ref={ref}>
        <svg class={moves} role="img" aria-label={`statechart, in ${active ?? 'no state'}`}>
          <g style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.k})` }}>
            <Picture
              model={model}
              layout={layout}
              active={active}
              lit={step?.edges ?? NOTHING}
              unhandled={step?.unhandled ? step.event.type : undefined}
              at={step?.t}
            />
          </g>
        </svg>
        <div class="zoom">
          <IconButton icon="plus" title="Larger" onClick={() => by(1.25)} />
          <IconButton icon="minus" title="Smaller" onClick={() => by(0.8)} />
          <IconButton icon="fit" title="All of it" disabled={fitted} onClick={fit} />
          <IconButton
            icon="expand"
            title="The chart alone"
            keys="F"
            pressed={chartAlone.value}
            onClick={() => (chartAlone.value = !chartAlone.value)}
          />
        </div>
      </div>
      <Caption step={step} />
    </section>
  );
}

/** While it waits, the chart of the last incarnation is over; in the past, where the step led. */
function activeOf(step: Step | undefined): string | undefined {
  if (state.cursor.value === undefined) return state.selectedRow.value?.node ?? step?.to;
  const detail = state.detail.value;
  return detail?.steps.slice(0, state.moment.value.index + 1).findLast(({ to }) => to !== undefined)?.to;
}

function Caption({ step }: { readonly step: Step | undefined }) {
  if (step === undefined) return <p class="caption caption-empty">Nothing has happened yet.</p>;
  const { event, guard, actions, unhandled, from, to, at } = step;
  const stayed = to === undefined || from === to;
  const past = state.cursor.value !== undefined;
  return (
    <p class="caption" data-unhandled={unhandled}>
      <span class="caption-when">{past ? clockTime(at) : `${duration(state.now.value - at)} ago`}</span>
      <b>{event.type}</b>
      <Params event={event} />
      {guard !== undefined && <span class="caption-guard">[{guard}]</span>}
      {unhandled && <span class="tag tag-unhandled">unhandled</span>}
      {!stayed && (
        <span class="caption-way">
          {from !== undefined && <span class={familyOf(from)}>{short(from)}</span>} →{' '}
          <span class={familyOf(to)}>{short(to)}</span>
        </span>
      )}
      {actions.length > 0 && <span class="caption-actions">{actions.join(' · ')}</span>}
    </p>
  );
}

/** What an event says about itself, as far as it is short. */
export function Params({ event }: { readonly event: Step['event'] }) {
  const { type: _, ...fields } = event;
  const words = Object.values(fields).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  if (words.length === 0) return null;
  return <span class="params">{words.slice(0, 2).map(String).join(' · ')}</span>;
}

export function familyOf(node: string): string {
  return `word s-${node.split('.')[1] ?? 'none'}`;
}

/** Without the name of the machine. */
export function short(node: string): string {
  return node.slice(node.indexOf('.') + 1);
}
