/** The statechart of the selected connection, with what it did last below. */

import { partText } from '../chart/parts.ts';
import { chartAlone } from '../model/actions.ts';
import { clockTime, duration } from '../model/format.ts';
import { outcomeOf } from '../model/notes.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { Picture } from './chart-picture.tsx';
import { familyOf } from './chart-words.tsx';
import { IconButton } from './icons.tsx';
import { useZoom } from './use-zoom.ts';

const NOTHING: readonly string[] = [];

export function Chart() {
  const row = state.selectedRow.value;
  const { model, layout } = state.machineOf(row);
  const { step, move, arrival } = state.moment.value;
  const active = activeOf(arrival);
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
              lit={move?.edges ?? NOTHING}
              stayed={step === move ? NOTHING : (step?.edges ?? NOTHING)}
              unhandled={step?.unhandled ? step.event.type : undefined}
              at={move?.t}
              since={step?.t}
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
      <Caption move={move} step={step} />
    </section>
  );
}

/** Steps come at once, rows ten times a second. While it waits, the chart of the last incarnation is over. */
function activeOf(arrival: Step | undefined): string | undefined {
  return arrival?.to ?? (state.cursor.value === undefined ? state.selectedRow.value?.node : undefined);
}

function Caption({ move, step }: { readonly move: Step | undefined; readonly step: Step | undefined }) {
  if (step === undefined) return <p class="caption caption-empty">Nothing has happened yet.</p>;
  return (
    <p class="caption" data-unhandled={step.unhandled}>
      {move !== undefined && <Move move={move} />}
      {step !== move && (
        <span class="caption-latest">
          <b>{step.event.type}</b>
          {step.unhandled ? (
            <span class="tag tag-unhandled">unhandled</span>
          ) : (
            <span class="caption-actions">
              {outcomeOf(step, state.machineOf(state.selectedRow.value).model)}
            </span>
          )}
          <When at={step.at} />
        </span>
      )}
    </p>
  );
}

function Move({ move }: { readonly move: Step }) {
  const { event, actions, from, to = '', at } = move;
  const guard = guardOf(move);
  return (
    <>
      <span class="caption-way">
        {from !== undefined && <span class={wordOf(from)}>{short(from)}</span>}
        {from !== undefined && ' → '}
        <span class={wordOf(to)}>{short(to)}</span>
      </span>
      <b>{event.type}</b>
      {guard !== undefined && <span class="caption-guard">[{guard}]</span>}
      {actions.length > 0 && <span class="caption-actions">{actions.join(' · ')}</span>}
      <When at={at} />
    </>
  );
}

/** With what it asked for, which only the chart knows. */
function guardOf({ edges, guard }: Step): string | undefined {
  const { model } = state.machineOf(state.selectedRow.value);
  const edge = model.edges.find(({ id, guard: asked }) => asked?.type === guard && edges.includes(id));
  return edge?.guard === undefined ? guard : partText(edge.guard);
}

function When({ at }: { readonly at: number }) {
  const text = state.cursor.value === undefined ? `${duration(state.now.value - at)} ago` : clockTime(at);
  return <span class="caption-when">{text}</span>;
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

export function wordOf(node: string): string {
  return `word ${familyOf(node)}`;
}

/** Without the name of the machine. */
export function short(node: string): string {
  return node.slice(node.indexOf('.') + 1);
}
