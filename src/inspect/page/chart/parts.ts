/**
 * Texts of a chart drawing and their sizes, for the layout and the picture. Transitions are rows in the box of the
 * state that they leave, so that a line needs no label of its own.
 */
import type { ChartEdge, ChartModel, ChartNode, ChartPart } from '../../chart-model.ts';

export interface EdgeText {
  readonly event: string;
  /** The guard's parameters, as in `[connect]`, or else its name. */
  readonly guard?: string;
}

export function textOf({ event, guard }: ChartEdge): EdgeText {
  return { event, ...(guard && { guard: `[${parametersOf(guard) ?? guard.type}]` }) };
}

/** A line under a state's name. */
export interface BodyLine {
  readonly kind: 'entry' | 'exit' | 'stay';
  readonly text: string;
  /** For `stay`: the edge that it is. */
  readonly edge?: ChartEdge;
}

/** Entry actions, exit actions, and events that a state handles without leaving. */
export function bodyOf({ entry, exit, id }: ChartNode, { edges }: ChartModel): BodyLine[] {
  const stays = edges.filter((edge) => edge.from === id && edge.to === undefined && edge.actions.length > 0);
  return [
    ...(entry.length > 0 ? [{ kind: 'entry' as const, text: namesOf(entry) }] : []),
    ...(exit.length > 0 ? [{ kind: 'exit' as const, text: namesOf(exit) }] : []),
    ...stays.map((edge) => ({
      kind: 'stay' as const,
      text: `${edge.event} / ${namesOf(edge.actions)}`,
      edge,
    })),
  ];
}

/** The transitions that leave a state; those with the same target next to each other. */
export function rowsOf(id: string, { edges }: ChartModel): ChartEdge[] {
  const leaving = edges.filter(({ from, to }) => from === id && to !== undefined);
  const targets = [...new Set(leaving.map(({ to }) => to))];
  return targets.flatMap((target) => leaving.filter(({ to }) => to === target));
}

/** A part as text: `arm(connect)`. */
export function partText(part: ChartPart): string {
  const parameters = parametersOf(part);
  return parameters === undefined ? part.type : `${part.type}(${parameters})`;
}

function namesOf(parts: readonly ChartPart[]): string {
  return parts.map(({ type }) => type).join(', ');
}

function parametersOf({ params }: ChartPart): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  const values = Object.values(params).flat();
  return values.length === 0 ? undefined : values.join(' ');
}

/** Sizes in units of the layout, which are pixels at scale 1. */
export const metrics = {
  title: { size: 13, line: 25, character: 8 },
  body: { size: 10, line: 14, character: 6.05 },
  row: { size: 11, line: 16, character: 6.65 },
  /** Between a box's border and its text. */
  pad: 12,
} as const;

/** Size of a state's own text: name, body and rows, without its children. */
export function sizeOf(node: ChartNode, model: ChartModel): { width: number; height: number } {
  const lines = bodyOf(node, model);
  const rows = rowsOf(node.id, model);
  const widths = [
    node.key.length * metrics.title.character,
    ...lines.map(({ text }) => (text.length + 2) * metrics.body.character),
    ...rows.map((edge) => rowWidth(edge)),
  ];
  const height = metrics.title.line + lines.length * metrics.body.line + rows.length * metrics.row.line + 7;
  return { width: Math.ceil(Math.max(...widths) + 2 * metrics.pad), height };
}

export function rowWidth(edge: ChartEdge): number {
  const { event, guard = '' } = textOf(edge);
  return Math.ceil((event.length + (guard === '' ? 0 : guard.length + 1)) * metrics.row.character);
}
