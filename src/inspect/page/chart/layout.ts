/**
 * The lines of a chart. Lines to one target join; lines side by side are put into the order with the fewest
 * crossings.
 */

import type { Box, ChartLayout, EdgeLayout, Point } from '../../chart-layout.ts';
import type { ChartModel } from '../../chart-model.ts';
import { bodyOf, metrics, rowsOf, rowWidth } from './parts.ts';
import { type Course, doorOf, type Placement, place, type Strip, TRACK } from './place.ts';

const LANE = 11;
/** Limit of lines side by side whose orders are all tried. */
const PERMUTED = 7;

/** A point where a line meets its strip, and the side on which it continues. */
interface Touch {
  readonly target: string;
  readonly y: number;
  readonly side: 'left' | 'right';
}

type Lanes = ReadonlyMap<string, number>;

export function layoutOf(model: ChartModel): ChartLayout {
  const placement = place(model);
  const ports = portsOf(model, placement);
  const { lanes, above, below } = lanesOf(placement);
  const tracks = tracksOf(placement, ports, lanes);
  const shift = (point: Point) => ({ x: round(point.x), y: round(point.y + above) });
  const edges = placement.courses.map((course): [string, EdgeLayout] => {
    const label = ports.get(course.edge.id) as Box;
    const points = route(course, placement, label, lanes, tracks).map(shift);
    return [course.edge.id, { points, label: { ...label, ...shift(label) } }];
  });
  const nodes = model.nodes.flatMap(({ id }) => {
    const box = placement.boxes.get(id);
    return box === undefined ? [] : [[id, { ...box, ...shift(box) }] as const];
  });
  const height = placement.height + above + below;
  const root = { x: 0, y: 0, width: placement.width, height };
  return {
    width: placement.width,
    height,
    nodes: { [model.nodes[0]?.id ?? '']: root, ...Object.fromEntries(nodes) },
    edges: Object.fromEntries(edges),
  };
}

/** The row of each transition; its line begins at the middle of one end, on the border of the state. */
function portsOf(model: ChartModel, { boxes, courses }: Placement): Map<string, Box> {
  const sides = new Map(courses.map(({ edge, leaves }) => [edge.id, leaves]));
  const ports = new Map<string, Box>();
  for (const node of model.nodes) {
    const box = boxes.get(node.id);
    if (box === undefined) continue;
    let y = box.y + metrics.title.line + bodyOf(node, model).length * metrics.body.line + 2;
    for (const edge of rowsOf(node.id, model)) {
      const width = rowWidth(edge);
      const x = sides.get(edge.id) === 'left' ? box.x + metrics.pad : box.x + box.width - metrics.pad - width;
      ports.set(edge.id, { x, y, width, height: metrics.row.line });
      y += metrics.row.line;
    }
  }
  return ports;
}

/** Lines over more than one column run above or below all of them, whichever is nearer to the target. */
function lanesOf({ courses, boxes, height }: Placement) {
  const far = new Set(courses.filter(({ strips }) => strips.length === 2).map(({ to }) => to));
  const targets = [...far].map((to) => ({ to, y: doorOf(boxes.get(to) as Box) }));
  const upper = targets.filter(({ y }) => y < height / 2).sort((a, b) => b.y - a.y);
  const lower = targets.filter(({ y }) => y >= height / 2).sort((a, b) => a.y - b.y);
  const lanes = new Map<string, number>();
  for (const [index, { to }] of upper.entries()) lanes.set(to, -index * LANE);
  for (const [index, { to }] of lower.entries()) lanes.set(to, height + index * LANE);
  return { lanes, above: upper.length * LANE, below: lower.length * LANE };
}

/** The x of each target's track in each strip. */
function tracksOf(placement: Placement, ports: ReadonlyMap<string, Box>, lanes: Lanes) {
  const tracks = new Map<string, number>();
  for (const [strip, targets] of placement.tracks) {
    const { x, width } = placement.strips.get(strip) as { x: number; width: number };
    const touches = placement.courses.flatMap((course) => touchesOf(course, strip, placement, ports, lanes));
    const order = bestOrder(targets, touches);
    const first = x + (width - TRACK * (order.length - 1)) / 2;
    for (const [index, target] of order.entries()) tracks.set(`${strip} ${target}`, first + index * TRACK);
  }
  return tracks;
}

function touchesOf(
  { edge, to, leaves, enters, strips }: Course,
  strip: Strip,
  { boxes }: Placement,
  ports: ReadonlyMap<string, Box>,
  lanes: Lanes,
): Touch[] {
  const [first, last = first] = strips;
  const [start, end] = [middleOf(ports.get(edge.id) as Box), doorOf(boxes.get(to) as Box)];
  const lane = lanes.get(to) ?? 0;
  const [out, inwards] = [opposite(leaves), opposite(enters)];
  if (first !== last && strip === first) {
    return [
      { target: to, y: start, side: out },
      { target: to, y: lane, side: leaves },
    ];
  }
  if (first !== last && strip === last) {
    return [
      { target: to, y: lane, side: enters },
      { target: to, y: end, side: inwards },
    ];
  }
  if (strip !== first) return [];
  return [
    { target: to, y: start, side: out },
    { target: to, y: end, side: inwards },
  ];
}

function opposite(side: 'left' | 'right'): 'left' | 'right' {
  return side === 'left' ? 'right' : 'left';
}

function middleOf({ y, height }: Box): number {
  return y + height / 2;
}

function bestOrder(targets: readonly string[], touches: readonly Touch[]): readonly string[] {
  if (targets.length > PERMUTED) return targets;
  let best = targets;
  let least = crossings(targets, touches);
  for (const order of permutations(targets)) {
    const count = crossings(order, touches);
    if (count < least) [best, least] = [order, count];
  }
  return best;
}

/** Counts where a horizontal end of one line meets the vertical part of another. */
function crossings(order: readonly string[], touches: readonly Touch[]): number {
  let count = 0;
  for (const [position, target] of order.entries()) {
    const own = touches.filter((touch) => touch.target === target).map(({ y }) => y);
    const [top, bottom] = [Math.min(...own), Math.max(...own)];
    count += touches.filter(({ target: other, y, side }) => {
      if (other === target || y < top || y > bottom) return false;
      const from = order.indexOf(other);
      return side === 'left' ? position < from : position > from;
    }).length;
  }
  return count;
}

function* permutations(items: readonly string[]): Generator<readonly string[]> {
  if (items.length < 2) yield items;
  for (const [index, item] of items.entries()) {
    const rest = items.filter((_, other) => other !== index);
    if (items.length > 1) for (const tail of permutations(rest)) yield [item, ...tail];
  }
}

function route(
  { edge, to, leaves, enters, strips }: Course,
  { boxes }: Placement,
  label: Box,
  lanes: Lanes,
  tracks: ReadonlyMap<string, number>,
): Point[] {
  const [source, target] = [boxes.get(edge.from) as Box, boxes.get(to) as Box];
  const start = { x: leaves === 'left' ? source.x : source.x + source.width, y: middleOf(label) };
  const end = { x: enters === 'left' ? target.x : target.x + target.width, y: doorOf(target) };
  const [first, last] = strips.map((strip) => tracks.get(`${strip} ${to}`) ?? 0);
  const lane = lanes.get(to) ?? 0;
  const across =
    last === undefined
      ? []
      : [
          { x: first ?? 0, y: lane },
          { x: last, y: lane },
        ];
  return [start, { x: first ?? 0, y: start.y }, ...across, { x: last ?? first ?? 0, y: end.y }, end];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
