/** SVG paths of lines with round corners, and of their heads. */
import type { Point } from '../../chart-layout.ts';

const RADIUS = 7;
const HEAD = 6;

export function roundedPath(points: readonly Point[]): string {
  const corners = points.filter((point, index) => !isBetween(point, points[index - 1], points[index + 1]));
  const parts = corners.map((corner, index) => {
    const [before, after] = [corners[index - 1], corners[index + 1]];
    if (before === undefined) return `M${corner.x} ${corner.y}`;
    if (after === undefined) return `L${corner.x} ${corner.y}`;
    const radius = Math.min(RADIUS, distance(before, corner) / 2, distance(corner, after) / 2);
    const [start, end] = [towards(corner, before, radius), towards(corner, after, radius)];
    return `L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`;
  });
  return parts.join('');
}

export function arrowHead(points: readonly Point[]): string {
  const end = points.at(-1);
  if (end === undefined) return '';
  const back = (points.at(-2)?.x ?? 0) < end.x ? -HEAD : HEAD;
  return `M${end.x} ${end.y}l${back * 1.3} ${-HEAD * 0.65}v${HEAD * 1.3}z`;
}

function isBetween({ x, y }: Point, before: Point | undefined, after: Point | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return (before.x === x && x === after.x) || (before.y === y && y === after.y);
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) / length) * by, y: from.y + ((to.y - from.y) / length) * by };
}
