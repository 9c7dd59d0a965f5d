/** The supervision chart, or that of a session, beside the connection chart: its states, the ways out of the active one, the last move. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Box } from '../../chart-layout.ts';
import type { ChartModel, ChartNode } from '../../chart-model.ts';
import type { ChartName } from '../../chart-names.ts';
import {
  type Overview as Drawing,
  overviewMetrics,
  overviewOf,
  parentOf,
  routeBetween,
  waysOut,
} from '../chart/overview.ts';
import type { Step } from '../model/steps.ts';
import { isWithin } from '../model/steps.ts';
import type { Wait } from '../model/wait.ts';
import { familyOf } from './chart-words.tsx';
import { leftOf, shareOf } from './wait.tsx';

/** Width in pixels until the first measurement. */
const GUESS = 800;

interface Props {
  readonly name: ChartName;
  readonly model: ChartModel;
  readonly move: Step | undefined;
  /** Id of the innermost active node. */
  readonly active: string | undefined;
  readonly wait: Wait | undefined;
}

export function Overview({ name, model, move, active, wait }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const room = useRoom(ref);
  const drawing = useMemo(() => overviewOf(model, room), [model, room]);
  const { width, height } = drawing;
  return (
    <div class="overview" ref={ref} data-chart={name}>
      <svg width={width} height={height} role="img" aria-label={`${name} chart, in ${active ?? 'no state'}`}>
        {/* Below the boxes: in three rows a way from the first to the last passes the second. */}
        {active !== undefined &&
          waysOut(model, active).map((to) => (
            <Way key={to} drawing={drawing} from={active} to={to} kind="open" />
          ))}
        {move?.from !== undefined && move.to !== undefined && (
          <Way key={move.t} drawing={drawing} from={move.from} to={move.to} kind="lit" edge={move.edges[0]} />
        )}
        {model.nodes.slice(1).map((node) => (
          <State key={node.id} node={node} drawing={drawing} active={active} wait={wait} />
        ))}
      </svg>
    </div>
  );
}

function useRoom(ref: { readonly current: HTMLElement | null }): number {
  const [room, setRoom] = useState(GUESS);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => setRoom(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return room;
}

function State(props: {
  readonly node: ChartNode;
  readonly drawing: Drawing;
  readonly active: string | undefined;
  readonly wait: Wait | undefined;
}) {
  const { node, drawing, active, wait } = props;
  const box = drawing.nodes.get(node.id);
  if (box === undefined) return null;
  const lit = active !== undefined && isWithin(active, node.id);
  const kind = `${familyOf(node.id)} ${lit ? 'active' : ''} ${node.id === active ? 'leaf' : ''}`;
  const outer = parentOf(node.id) === node.id;
  return (
    <g class={`state ${kind}`} data-node={node.id} data-active={lit}>
      <rect {...box} rx={outer ? 9 : 7} />
      {outer ? <Title node={node} box={box} wait={lit ? wait : undefined} /> : <Chip node={node} box={box} />}
      {node.id === active && wait !== undefined && <Bar box={box} share={shareOf(wait)} />}
      <title>{node.description ?? node.key}</title>
    </g>
  );
}

function Title(props: { readonly node: ChartNode; readonly box: Box; readonly wait: Wait | undefined }) {
  const { node, box, wait } = props;
  const left = wait && leftOf(wait);
  const alone = node.initial === undefined;
  const x = alone ? box.x + box.width / 2 : box.x + overviewMetrics.box.pad + 1;
  const y = alone ? box.y + box.height / 2 + 4 : box.y + 16;
  return (
    <>
      <text class="state-title" x={x} y={y} text-anchor={alone ? 'middle' : 'start'}>
        {node.key}
      </text>
      {left !== undefined && (
        <text class="state-left" x={box.x + box.width - overviewMetrics.box.pad} y={y} text-anchor="end">
          {left}
        </text>
      )}
    </>
  );
}

function Chip({ node, box }: { readonly node: ChartNode; readonly box: Box }) {
  return (
    <text class="state-chip" x={box.x + box.width / 2} y={box.y + 15} text-anchor="middle">
      {node.key}
    </text>
  );
}

/** Empties towards the end of the wait. */
function Bar({ box, share }: { readonly box: Box; readonly share: number }) {
  return (
    <rect
      class="state-bar"
      x={box.x + 4}
      y={box.y + box.height + 2.5}
      width={(box.width - 8) * share}
      height="3"
      rx="1.5"
    />
  );
}

function Way(props: {
  readonly drawing: Drawing;
  readonly from: string;
  readonly to: string;
  readonly kind: 'open' | 'lit';
  readonly edge?: string | undefined;
}) {
  const { drawing, from, to, kind, edge } = props;
  const route = routeBetween(drawing, from, to);
  if (route === undefined) return null;
  return (
    <g class={`line line-${kind === 'lit' ? 'taken' : kind} ${familyOf(to)}`} data-edge={edge}>
      <path class="way" d={route.way} pathLength="1" />
      <path class="head" d={route.head} />
      <circle class="port" cx={route.start.x} cy={route.start.y} r="2.4" />
    </g>
  );
}
