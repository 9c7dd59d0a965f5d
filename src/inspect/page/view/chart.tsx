/** The statecharts of the selected connection, with the last step below them. */
import type { Row } from '../../rows.ts';
import { partText } from '../chart/parts.ts';
import { chartAlone } from '../model/actions.ts';
import { clockTime, duration } from '../model/format.ts';
import { outcomeOf } from '../model/notes.ts';
import * as state from '../model/state.ts';
import type { Step } from '../model/steps.ts';
import { waitOf } from '../model/wait.ts';
import { Canvas } from './canvas.tsx';
import { familyOf } from './chart-words.tsx';
import { Overview } from './overview.tsx';
import { Session, SessionCanvas } from './session.tsx';
import { Countdown, WaitLine } from './wait.tsx';

export function Chart() {
  const row = state.selectedRow.value;
  const { step, connection } = state.moment.value;
  const chart = state.chartOf(row?.machine, row?.reporter);
  return (
    <section class="chart" aria-label="statecharts">
      <Supervision row={row} />
      {row?.session && <Session row={row} session={row.session} />}
      <Canvas
        name="connection"
        chart={chart}
        moment={connection}
        step={step}
        active={activeOf(connection, row?.node, chart)}
      />
      <Caption step={step} />
    </section>
  );
}

function Supervision({ row }: { readonly row: Row | undefined }) {
  const { step, supervision } = state.moment.value;
  const chart = state.chartOf('supervision', row?.reporter);
  const active = activeOf(supervision, row?.supervision, chart);
  const wait = row && waitOf(row, state.gateOf(row));
  const description = chart.model.nodes.find(({ id }) => id === active)?.description ?? '';
  return (
    <>
      {chartAlone.value ? (
        <div class="pair" style={{ flexGrow: chart.layout.height }}>
          <Canvas name="supervision" chart={chart} moment={supervision} step={step} active={active}>
            {wait && active !== undefined && <Countdown wait={wait} box={chart.layout.nodes[active]} />}
          </Canvas>
          {row?.session && <SessionCanvas row={row} session={row.session} />}
        </div>
      ) : (
        <Overview
          name="supervision"
          model={chart.model}
          move={supervision.move}
          active={active}
          wait={wait}
        />
      )}
      <WaitLine wait={wait} otherwise={active === undefined ? '' : `${short(active)}: ${description}`} />
    </>
  );
}

/**
 * Steps come at once, rows ten times a second. While it waits, the chart of the last incarnation is over. A recording
 * may name a state that the chart does not have.
 */
function activeOf(
  { arrival }: state.ChartMoment,
  node: string | undefined,
  { model }: state.DrawnChart,
): string | undefined {
  const active = arrival?.to ?? node;
  return model.nodes.find(({ id }) => id === active)?.id;
}

function Caption({ step }: { readonly step: Step | undefined }) {
  if (step === undefined) return <p class="caption caption-empty">No step yet.</p>;
  const { move } = state.moment.value[step.chart];
  return (
    <p class="caption" data-unhandled={step.unhandled}>
      {move !== undefined && <Move move={move} />}
      {step !== move && (
        <span class="caption-latest">
          <b>{step.event.type}</b>
          {step.unhandled ? (
            <span class="tag tag-unhandled">unhandled</span>
          ) : (
            <span class="caption-actions">{outcomeOf(step, modelOf(step))}</span>
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

/** The guard with its parameters, which only the chart has. */
function guardOf(step: Step): string | undefined {
  const { edges, guard } = step;
  const edge = modelOf(step).edges.find(({ id, guard: own }) => own?.type === guard && edges.includes(id));
  return edge?.guard === undefined ? guard : partText(edge.guard);
}

/** The chart that a step of the selected connection belongs to. */
export function modelOf({ chart }: Step) {
  const { machine, reporter } = state.selectedRow.value ?? {};
  return state.chartOf(chart === 'connection' ? machine : chart, reporter).model;
}

function When({ at }: { readonly at: number }) {
  const text =
    state.cursor.value === undefined ? `${duration(state.presentOfSelected.value - at)} ago` : clockTime(at);
  return <span class="caption-when">{text}</span>;
}

/** The first two text or number fields of an event. */
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

/** A node id without the id of its machine. */
export function short(node: string): string {
  return node.slice(node.indexOf('.') + 1);
}
