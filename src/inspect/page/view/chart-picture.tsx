/** Draws a chart: the active state, the transitions out of it, and the last one taken. */
import { memo } from 'preact/compat';
import type { Box, ChartLayout, EdgeLayout } from '../../chart-layout.ts';
import type { ChartEdge, ChartModel, ChartNode } from '../../chart-model.ts';
import { metrics } from '../chart/parts.ts';
import { arrowHead, roundedPath } from '../chart/path.ts';
import { isWithin } from '../model/steps.ts';
import { familyOf, Words } from './chart-words.tsx';

export interface PictureProps {
  readonly model: ChartModel;
  readonly layout: ChartLayout;
  /** Id of the innermost active node. */
  readonly active: string | undefined;
  /** Ids of the edges of the last move. */
  readonly lit: readonly string[];
  /** Ids of the edges of the last step, if it led to no other state. */
  readonly stayed: readonly string[];
  /** The event that the active state dropped. */
  readonly unhandled: string | undefined;
  /** Times of the last move and of the last step, which restart the animation of an edge that is taken again. */
  readonly at: number | undefined;
  readonly since: number | undefined;
}

function Parts({ model, layout, active, lit, stayed, unhandled, at, since }: PictureProps) {
  const nodes = model.nodes.filter(({ parent }) => parent !== undefined);
  const taken = new Set(lit);
  const isActive = (id: string) => active !== undefined && isWithin(active, id);
  const dim = model.edges.filter(({ id }) => !taken.has(id));
  return (
    <>
      {nodes.map((node) => (
        <Frame
          key={node.id}
          node={node}
          box={layout.nodes[node.id]}
          active={isActive(node.id)}
          leaf={node.id === active}
        />
      ))}
      {dim.map((edge) => (
        <Line
          key={edge.id}
          edge={edge}
          drawn={layout.edges[edge.id]}
          kind={isActive(edge.from) ? 'open' : 'dim'}
        />
      ))}
      {model.edges
        .filter(({ id }) => taken.has(id))
        .map((edge) => (
          <Line key={`${edge.id} ${at}`} edge={edge} drawn={layout.edges[edge.id]} kind="lit" />
        ))}
      {nodes.map((node) => (
        <Words
          key={node.id}
          node={node}
          model={model}
          layout={layout}
          active={isActive(node.id)}
          taken={taken}
          stayed={stayed}
          since={since}
        />
      ))}
      {active !== undefined && unhandled !== undefined && (
        <Unhandled key={at} box={layout.nodes[active]} event={unhandled} />
      )}
    </>
  );
}

/** Memoized: the list is drawn ten times a second, the chart only after a step. */
export const Picture = memo(Parts);

function Frame(props: {
  readonly node: ChartNode;
  readonly box: Box | undefined;
  readonly active: boolean;
  readonly leaf: boolean;
}) {
  const { node, box, active, leaf } = props;
  if (box === undefined) return null;
  const kind = `${node.type === 'compound' ? 'frame-compound' : ''} ${active ? 'active' : ''} ${leaf ? 'leaf' : ''}`;
  return (
    <g class={`frame ${familyOf(node.id)} ${kind}`} data-node={node.id} data-active={active}>
      {leaf && <rect class="halo" x={box.x} y={box.y} width={box.width} height={box.height} rx="9" />}
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="9" />
      {node.type === 'final' && (
        <rect
          class="final"
          x={box.x + 3}
          y={box.y + 3}
          width={box.width - 6}
          height={box.height - 6}
          rx="6.5"
        />
      )}
    </g>
  );
}

function Line(props: {
  readonly edge: ChartEdge;
  readonly drawn: EdgeLayout | undefined;
  readonly kind: 'dim' | 'open' | 'lit';
}) {
  const { edge, drawn, kind } = props;
  const start = drawn?.points[0];
  if (drawn === undefined || start === undefined) return null;
  return (
    <g class={`line line-${kind} ${familyOf(edge.to ?? edge.from)}`} data-edge={edge.id}>
      <path class="way" d={roundedPath(drawn.points)} pathLength="1" />
      <path class="head" d={arrowHead(drawn.points)} />
      <circle class="port" cx={start.x} cy={start.y} r="2.6" />
    </g>
  );
}

function Unhandled({ box, event }: { readonly box: Box | undefined; readonly event: string }) {
  if (box === undefined) return null;
  const text = `${event}: unhandled`;
  const width = text.length * metrics.row.character + 18;
  return (
    <g class="unhandled">
      <rect
        class="unhandled-frame"
        x={box.x - 3}
        y={box.y - 3}
        width={box.width + 6}
        height={box.height + 6}
        rx="11"
      />
      <rect class="unhandled-tag" x={box.x + 8} y={box.y - 18} width={width} height="19" rx="9.5" />
      <text x={box.x + 17} y={box.y - 4.5}>
        {text}
      </text>
    </g>
  );
}
