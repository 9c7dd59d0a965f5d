/**
 * A chart without its transitions: the states of the first level in rows, as many as fit into a width, with their
 * substates as chips. Drawn at scale 1 where the full drawing would be too small to read.
 */

import type { Box, Point } from '../../chart-layout.ts';
import type { ChartEdge, ChartModel, ChartNode } from '../../chart-model.ts';
import { isWithin } from '../model/steps.ts';

/** Sizes in pixels. */
export const overviewMetrics = {
  title: { size: 12, line: 23, character: 8.2 },
  chip: { size: 11, height: 22, character: 6.65, pad: 5, gap: 4 },
  /** `flat`: where no state has substates. */
  box: { height: 54, flat: 28, pad: 6 },
  /** Beside a title, for a countdown such as `3m 20s`. */
  countdown: 44,
  margin: 6,
  /** Above the first row and below the last one, for routes. */
  edge: 17,
  rowGap: 40,
  gap: { least: 6, most: 44 },
} as const;

export interface Overview {
  readonly width: number;
  readonly height: number;
  /** By the node's id: boxes of the first level, chips of the second. */
  readonly nodes: ReadonlyMap<string, Box>;
}

/** `room` is the width in pixels. */
export function overviewOf(model: ChartModel, room: number): Overview {
  const { margin, edge, rowGap, box, gap } = overviewMetrics;
  const rows = rowsFor(model, room - 2 * margin);
  const deep = model.nodes.some(({ parent }) => parent !== undefined && parent !== model.nodes[0]?.id);
  const boxHeight = deep ? box.height : box.flat;
  const nodes = new Map<string, Box>();
  for (const [index, row] of rows.entries()) {
    const total = row.reduce((sum, { width }) => sum + width, 0);
    const free = row.length < 2 ? 0 : (room - 2 * margin - total) / (row.length - 1);
    const between = Math.max(gap.least, Math.min(gap.most, free));
    let x = Math.max(margin, (room - total - between * (row.length - 1)) / 2);
    for (const { node, width } of row) {
      put(nodes, model, node, { x, y: edge + index * (boxHeight + rowGap), width, height: boxHeight });
      x += width + between;
    }
  }
  const height = 2 * edge + rows.length * boxHeight + (rows.length - 1) * rowGap;
  return { width: room, height, nodes };
}

interface Sized {
  readonly node: ChartNode;
  readonly width: number;
}

function rowsFor(model: ChartModel, room: number): Sized[][] {
  const rows: Sized[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const node of childrenOf(model, model.nodes[0]?.id)) {
    const width = widthOf(model, node);
    const wanted = used + overviewMetrics.gap.least + width;
    if (wanted > room) rows.push([]);
    used = wanted > room ? width : wanted;
    rows.at(-1)?.push({ node, width });
  }
  return rows;
}

function widthOf(model: ChartModel, node: ChartNode): number {
  const { title, chip, box, countdown } = overviewMetrics;
  const children = childrenOf(model, node.id);
  const name = node.key.length * title.character + 2 * box.pad;
  if (children.length === 0) return Math.ceil(name);
  const chips = children.reduce((sum, child) => sum + chipWidth(child) + chip.gap, -chip.gap);
  return Math.ceil(Math.max(name + countdown, chips + 2 * box.pad));
}

function chipWidth({ key }: ChartNode): number {
  const { chip } = overviewMetrics;
  return Math.ceil(key.length * chip.character + 2 * chip.pad);
}

function put(nodes: Map<string, Box>, model: ChartModel, node: ChartNode, box: Box): void {
  nodes.set(node.id, box);
  const { title, chip, box: own } = overviewMetrics;
  let x = box.x + own.pad;
  for (const child of childrenOf(model, node.id)) {
    const width = chipWidth(child);
    nodes.set(child.id, { x, y: box.y + title.line, width, height: chip.height });
    x += width + chip.gap;
  }
}

function childrenOf({ nodes }: ChartModel, parent: string | undefined): ChartNode[] {
  return nodes.filter((node) => node.parent === parent);
}

/** Leaf states that the transitions of a state and of its ancestors lead to, each once. */
export function waysOut(model: ChartModel, active: string): string[] {
  const leaving = model.edges.filter(({ from, to }) => to !== undefined && isWithin(active, from));
  return [...new Set(leaving.map((edge) => leafOf(model, edge)))].filter((target) => target !== active);
}

function leafOf({ nodes }: ChartModel, { to = '' }: ChartEdge): string {
  let id = to;
  for (;;) {
    const initial = nodes.find((node) => node.id === id)?.initial;
    if (initial === undefined) return id;
    id = initial;
  }
}

export interface Route {
  /** Data of an SVG path. */
  readonly way: string;
  readonly head: string;
  readonly start: Point;
}

/** A curve between the borders of two boxes: above them to the right, below them to the left. */
export function routeBetween({ nodes }: Overview, from: string, to: string): Route | undefined {
  const [source, target] = [nodes.get(from), nodes.get(to)];
  const [outer, inner] = [nodes.get(parentOf(from)), nodes.get(parentOf(to))];
  if (source === undefined || target === undefined || outer === undefined || inner === undefined)
    return undefined;
  const [x1, x2] = [source.x + source.width / 2, target.x + target.width / 2];
  const level = outer.y === inner.y;
  const leavesAbove = level ? x2 > x1 : inner.y < outer.y;
  const entersAbove = level ? leavesAbove : !leavesAbove;
  const y1 = leavesAbove ? outer.y : outer.y + outer.height;
  const y2 = entersAbove ? inner.y : inner.y + inner.height;
  const bend = level ? Math.min(20, 12 + Math.abs(x2 - x1) / 40) : overviewMetrics.rowGap / 2;
  const [c1, c2] = [y1 + (leavesAbove ? -bend : bend), y2 + (entersAbove ? -bend : bend)];
  const tip = entersAbove ? -5 : 5;
  return {
    way: `M${x1} ${y1}C${x1} ${c1} ${x2} ${c2} ${x2} ${y2 + tip}`,
    head: `M${x2} ${y2}l-3.6 ${tip * 1.4}h7.2z`,
    start: { x: x1, y: y1 },
  };
}

/** The box of the first level that a node is in: `supervision.queued`, of `supervision.queued.at-gate`. */
export function parentOf(id: string): string {
  return id.split('.').slice(0, 2).join('.');
}
