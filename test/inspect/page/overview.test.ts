/** The compact drawing of the supervision chart, at the widths of a desktop and of a phone. */
import { describe, expect, test } from 'vitest';
import type { Box } from '../../../src/inspect/chart-layout.ts';
import { modelOf } from '../../../src/inspect/charts.ts';
import { overviewOf, routeBetween, waysOut } from '../../../src/inspect/page/chart/overview.ts';

const model = modelOf('supervision');
const levelOf = (id: string) => id.split('.').length;

describe.each([
  [852, 1],
  [700, 2],
  [390, 3],
])('overview of the supervision chart, %i px wide', (room, rows) => {
  const drawing = overviewOf(model, room);
  const boxes = model.nodes
    .slice(1)
    .map(({ id, parent }) => ({ id, parent, box: drawing.nodes.get(id) as Box }));

  test(`overview at ${room} px: has all states in ${rows} rows`, () => {
    const first = boxes.filter(({ id }) => levelOf(id) === 2);
    expect(new Set(first.map(({ box }) => box.y)).size).toBe(rows);
    expect(boxes.every(({ box }) => box !== undefined)).toBe(true);
  });

  test(`overview at ${room} px: states are inside the drawing and their parent, and overlap no sibling`, () => {
    for (const { id, parent, box } of boxes) {
      const outer = drawing.nodes.get(parent ?? '') ?? { x: 0, y: 0, width: room, height: drawing.height };
      expect(box.x >= outer.x && box.x + box.width <= outer.x + outer.width, id).toBe(true);
      expect(box.y >= outer.y && box.y + box.height <= outer.y + outer.height, id).toBe(true);
      for (const other of boxes) {
        if (other.id === id || other.parent !== parent || other.box.y !== box.y) continue;
        expect(other.box.x >= box.x + box.width || box.x >= other.box.x + other.box.width, id).toBe(true);
      }
    }
  });

  test(`overview at ${room} px: every way out of a leaf has a route`, () => {
    const leaves = model.nodes.filter(({ id, initial }) => levelOf(id) > 1 && initial === undefined);
    for (const { id } of leaves) {
      for (const to of waysOut(model, id)) {
        expect(routeBetween(drawing, id, to), `${id} to ${to}`).toBeDefined();
      }
    }
  });
});

test('overview: the ways out of a leaf include those of its ancestors, each target once', () => {
  expect(waysOut(model, 'supervision.queued.at-gate')).toEqual([
    'supervision.running.kept',
    'supervision.queued.offline',
    'supervision.queued.asking',
    'supervision.left',
    'supervision.gave-up',
    'supervision.backing-off.delay',
  ]);
});
