/** The chart: where the connection is, what it may do from there, and what it did last. */
import { memo } from 'preact/compat';
import type { ChartEdge, ChartModel, ChartNode } from '../../chart-model.ts';
import type { Box, ChartLayout, EdgeLayout } from '../../wire.ts';
import { type BodyLine, bodyOf, metrics, partText, rowsOf, textOf } from '../chart/parts.ts';
import { arrowHead, roundedPath } from '../chart/path.ts';
import { isWithin } from '../model/steps.ts';

export interface PictureProps {
  readonly model: ChartModel;
  readonly layout: ChartLayout;
  /** Id of the innermost active node. */
  readonly active: string | undefined;
  /** Ids of the edges that were taken last. */
  readonly lit: readonly string[];
  /** The event that the active state dropped. */
  readonly unhandled: string | undefined;
  /** Changes with each step, so that the same edge lights up again. */
  readonly at: number | undefined;
}

const MARK = { entry: '↳', exit: '↱', stay: '↻' } as const;

function Parts({ model, layout, active, lit, unhandled, at }: PictureProps) {
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
        />
      ))}
      {active !== undefined && unhandled !== undefined && (
        <Unhandled key={at} box={layout.nodes[active]} event={unhandled} />
      )}
    </>
  );
}

/** The list moves ten times a second; the chart only when something happened to its connection. */
export const Picture = memo(Parts);

/** By the state of the first level that an id is in, as colours are. */
function familyOf(id: string): string {
  return `s-${id.split('.')[1] ?? 'none'}`;
}

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

function Words(props: {
  readonly node: ChartNode;
  readonly model: ChartModel;
  readonly layout: ChartLayout;
  readonly active: boolean;
  readonly taken: ReadonlySet<string>;
}) {
  const { node, model, layout, active, taken } = props;
  const box = layout.nodes[node.id];
  if (box === undefined) return null;
  return (
    <g class={`words ${familyOf(node.id)} ${active ? 'active' : ''}`}>
      <text class="title" x={box.x + metrics.pad} y={box.y + 18}>
        {node.key}
        <title>{node.description ?? node.key}</title>
      </text>
      {isFirst(node, model) && <path class="first" d={`M${box.x + 20} ${box.y - 11}v6`} />}
      {isFirst(node, model) && <circle class="first-dot" cx={box.x + 20} cy={box.y - 11} r="2.8" />}
      {isFirst(node, model) && <path class="first-head" d={`M${box.x + 20} ${box.y}l-3.4 -5.4h6.8z`} />}
      {bodyOf(node, model).map((line, index) => (
        <Body
          key={line.text}
          line={line}
          node={node}
          x={box.x + metrics.pad}
          y={bodyY(box, index)}
          taken={taken}
        />
      ))}
      {rowsOf(node.id, model).map((edge) => (
        <RowText key={edge.id} edge={edge} label={layout.edges[edge.id]?.label} lit={taken.has(edge.id)} />
      ))}
    </g>
  );
}

/** A column of its own says the same of the first level. */
function isFirst({ id, parent }: ChartNode, { nodes }: ChartModel): boolean {
  const above = nodes.find((node) => node.id === parent);
  return above?.parent !== undefined && above.initial === id;
}

function bodyY({ y }: Box, index: number): number {
  return y + metrics.title.line + (index + 0.7) * metrics.body.line;
}

function Body(props: {
  readonly line: BodyLine;
  readonly node: ChartNode;
  readonly x: number;
  readonly y: number;
  readonly taken: ReadonlySet<string>;
}) {
  const { line, node, x, y, taken } = props;
  const lit = line.edge !== undefined && taken.has(line.edge.id);
  const parts = line.kind === 'stay' ? (line.edge?.actions ?? []) : node[line.kind];
  return (
    <text
      class={`body ${lit ? 'body-lit' : ''}`}
      x={x}
      y={y}
      {...(line.edge && { 'data-edge': line.edge.id })}
    >
      <tspan class="mark">{MARK[line.kind]}</tspan> {line.text}
      <title>{`${line.kind === 'stay' ? (line.edge?.event ?? '') : line.kind}: ${parts.map(partText).join(', ')}`}</title>
    </text>
  );
}

function RowText(props: {
  readonly edge: ChartEdge;
  readonly label: Box | undefined;
  readonly lit: boolean;
}) {
  const { edge, label, lit } = props;
  if (label === undefined) return null;
  const { event, guard } = textOf(edge);
  return (
    <g class={`choice ${lit ? `choice-lit ${familyOf(edge.to ?? '')}` : ''}`}>
      {lit && (
        <rect x={label.x - 5} y={label.y + 1} width={label.width + 10} height={label.height - 2} rx="8" />
      )}
      <text x={label.x} y={label.y + label.height * 0.7}>
        {event}
        {guard !== undefined && <tspan class="guard">{` ${guard}`}</tspan>}
        <title>{explain(edge)}</title>
      </text>
    </g>
  );
}

function explain({ event, guard, to, actions, description }: ChartEdge): string {
  const lines = [
    `${event} → ${to}`,
    guard && `guard: ${partText(guard)}`,
    actions.length > 0 && `actions: ${actions.map(partText).join(', ')}`,
    description,
  ];
  return lines.filter(Boolean).join('\n');
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
      <rect class="unhandled-tag" x={box.x + 8} y={box.y - 12} width={width} height="19" rx="9.5" />
      <text x={box.x + 17} y={box.y + 1.5}>
        {text}
      </text>
    </g>
  );
}
