/** Layouts of charts: complete, and without overlaps. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setup } from 'xstate';
import type { Box, ChartLayout, Point } from '../../../src/inspect/chart-layout.ts';
import { type ChartModel, chartModel } from '../../../src/inspect/chart-model.ts';
import { chartNames } from '../../../src/inspect/chart-names.ts';
import { modelOf } from '../../../src/inspect/charts.ts';
import { layoutOf } from '../../../src/inspect/page/chart/layout.ts';

const committed = new URL('../../../src/inspect/page/layout.json', import.meta.url);

test('layout.json: holds the layouts of both charts as they are; `npm run layout` writes it', () => {
  const layouts: unknown = JSON.parse(readFileSync(committed, 'utf8'));
  expect(layouts).toEqual(Object.fromEntries(chartNames.map((name) => [name, layoutOf(modelOf(name))])));
});

/** Adds shapes that both charts lack: ways back over columns, a self-transition, three levels, two final states. */
const maze = setup({}).createMachine({
  id: 'maze',
  initial: 'first',
  states: {
    first: {
      initial: 'inner',
      on: { far: '#maze.third', end: '#maze.end', again: { target: '#maze.first', reenter: true } },
      states: {
        inner: { initial: 'deep', states: { deep: { on: { out: '#maze.second' } }, deeper: {} } },
        other: { on: { swap: 'inner' } },
      },
    },
    second: { on: { back: 'first', on: 'third' } },
    third: { on: { home: '#maze.first.inner.deep', end: 'failed' } },
    failed: { type: 'final' },
    end: { type: 'final' },
  },
});

const charts: [name: string, model: ChartModel][] = [
  ['the connection chart', modelOf('connection')],
  ['the supervision chart', modelOf('supervision')],
  ['the session chart', modelOf('session')],
  ['a maze', chartModel(maze)],
];

describe.each(charts)('layout of %s', (name, model) => {
  const layout = layoutOf(model);
  const boxOf = (id: string) => layout.nodes[id] as Box;
  const leaving = model.edges.filter(({ to }) => to !== undefined);

  test(`layout of ${name}: has every state, and every transition with a target`, () => {
    expect(Object.keys(layout.nodes).sort()).toEqual(model.nodes.map(({ id }) => id).sort());
    expect(Object.keys(layout.edges).sort()).toEqual(leaving.map(({ id }) => id).sort());
  });

  test(`layout of ${name}: states are inside their parents and overlap no other`, () => {
    for (const { id, parent } of model.nodes) {
      if (parent !== undefined) expect(contains(boxOf(parent), boxOf(id)), id).toBe(true);
      for (const other of model.nodes) {
        const related = other.id === id || other.id.startsWith(`${id}.`) || id.startsWith(`${other.id}.`);
        if (!related) expect(overlap(boxOf(id), boxOf(other.id)), `${id} and ${other.id}`).toBe(false);
      }
    }
  });

  test(`layout of ${name}: the text of a transition is inside its state, clear of substates and other texts`, () => {
    for (const { id, from } of leaving) {
      const label = labelOf(layout, id);
      expect(contains(boxOf(from), label), id).toBe(true);
      for (const { id: node, parent } of model.nodes) {
        if (parent === from) expect(overlap(boxOf(node), label), `${id} and ${node}`).toBe(false);
      }
      for (const other of leaving) {
        if (other.id !== id) expect(overlap(labelOf(layout, other.id), label), id).toBe(false);
      }
    }
  });

  test(`layout of ${name}: lines go straight from border to border, inside the drawing, through no other state`, () => {
    for (const { id, from, to = '' } of leaving) {
      const points = layout.edges[id]?.points ?? [];
      expect(onSide(boxOf(from), points[0] as Point), id).toBe(true);
      expect(onSide(boxOf(to), points.at(-1) as Point), id).toBe(true);
      for (const [start, end] of segmentsOf(points)) {
        expect(start.x === end.x || start.y === end.y, id).toBe(true);
        expect(contains(boxOf(model.nodes[0]?.id ?? ''), spanOf(start, end)), id).toBe(true);
        for (const leaf of leavesOf(model)) {
          expect(overlap(boxOf(leaf), spanOf(start, end)), `${id} through ${leaf}`).toBe(false);
        }
      }
    }
  });

  test(`layout of ${name}: lines strike through no text`, () => {
    for (const { points } of Object.values(layout.edges)) {
      for (const [start, end] of segmentsOf(points)) {
        for (const { id } of leaving)
          expect(overlap(labelOf(layout, id), spanOf(start, end)), id).toBe(false);
      }
    }
  });
});

function labelOf({ edges }: ChartLayout, id: string): Box {
  return edges[id]?.label as Box;
}

function leavesOf({ nodes }: ChartModel): string[] {
  return nodes.filter(({ id }) => nodes.every(({ parent }) => parent !== id)).map(({ id }) => id);
}

function segmentsOf(points: readonly Point[]): [Point, Point][] {
  return points.slice(1).map((end, index) => [points[index] as Point, end]);
}

function spanOf(start: Point, end: Point): Box {
  const [x, y] = [Math.min(start.x, end.x), Math.min(start.y, end.y)];
  return { x, y, width: Math.abs(end.x - start.x), height: Math.abs(end.y - start.y) };
}

function onSide({ x, y, width, height }: Box, point: Point): boolean {
  const beside = close(point.x, x) || close(point.x, x + width);
  return beside && point.y > y && point.y < y + height;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x - 0.2 &&
    inner.y >= outer.y - 0.2 &&
    inner.x + inner.width <= outer.x + outer.width + 0.2 &&
    inner.y + inner.height <= outer.y + outer.height + 0.2
  );
}

/** True for more than a touch; a line is a box without width or height. */
function overlap(a: Box, b: Box): boolean {
  return meets(a.x, a.width, b.x, b.width) && meets(a.y, a.height, b.y, b.height);
}

function meets(a: number, sizeOfA: number, b: number, sizeOfB: number): boolean {
  return a + sizeOfA > b + 0.2 && b + sizeOfB > a + 0.2;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.2;
}
