/** Texts in the boxes of states: names, actions and outgoing transitions. */

import type { Box, ChartLayout, Point } from '../../chart-layout.ts';
import type { ChartEdge, ChartModel, ChartNode } from '../../chart-model.ts';
import { type BodyLine, bodyOf, metrics, partText, rowsOf, textOf } from '../chart/parts.ts';

const MARK = { entry: '↳', exit: '↱', stay: '↻' } as const;

/** The CSS class of a colour, by the state of the first level that a node is in. */
export function familyOf(id: string): string {
  return `s-${id.split('.')[1] ?? 'none'}`;
}

export interface WordsProps {
  readonly node: ChartNode;
  readonly model: ChartModel;
  readonly layout: ChartLayout;
  readonly active: boolean;
  /** Ids of the edges of the last move. */
  readonly taken: ReadonlySet<string>;
  /** Ids of the edges of the last step, if it led to no other state. */
  readonly stayed: readonly string[];
  /** The time of the last step, which restarts its animation. */
  readonly since: number | undefined;
}

export function Words({ node, model, layout, active, taken, stayed, since }: WordsProps) {
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
      {bodyOf(node, model).map((line, index) => {
        const lit = line.edge !== undefined && stayed.includes(line.edge.id);
        const place = { x: box.x + metrics.pad, y: bodyY(box, index) };
        return <Body key={lit ? since : line.text} line={line} node={node} place={place} lit={lit} />;
      })}
      {rowsOf(node.id, model).map((edge) => (
        <RowText key={edge.id} edge={edge} label={layout.edges[edge.id]?.label} lit={taken.has(edge.id)} />
      ))}
    </g>
  );
}

/** States of the first level have no mark: their column shows the same. */
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
  readonly place: Point;
  readonly lit: boolean;
}) {
  const { line, node, place, lit } = props;
  const parts = line.kind === 'stay' ? (line.edge?.actions ?? []) : node[line.kind];
  return (
    <text
      class={`body ${lit ? 'body-lit' : ''}`}
      {...place}
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
