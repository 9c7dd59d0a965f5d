/**
 * Places the boxes of a chart: a column for each state of the first level, substates below each other inside
 * their parent, and room for lines between the columns. A final state, and a leaf after a leaf, share the
 * column before.
 */

import type { Box } from '../../chart-layout.ts';
import type { ChartEdge, ChartModel, ChartNode } from '../../chart-model.ts';
import { metrics, rowsOf, sizeOf } from './parts.ts';

export const TRACK = 9;
const GUTTER = 24;
const MARGIN = 14;
const GAP = 12;
/** Space above the first substate, for the mark of the initial state. */
const FIRST_GAP = 18;
const INNER = 14;

/** The vertical strip that an edge's line runs in, next to a column or inside a compound state. */
export type Strip = `gutter ${number}` | `inside ${string}`;

export interface Course {
  readonly edge: ChartEdge;
  readonly to: string;
  readonly leaves: 'left' | 'right';
  readonly enters: 'left' | 'right';
  /** A single strip, or two joined by a lane above or below the columns between them. */
  readonly strips: readonly [Strip] | readonly [Strip, Strip];
}

export interface Placement {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly courses: readonly Course[];
  /** Targets of the lines in a strip: each has a track of its own, from left to right. */
  readonly tracks: ReadonlyMap<Strip, readonly string[]>;
  readonly strips: ReadonlyMap<Strip, { readonly x: number; readonly width: number }>;
  readonly width: number;
  readonly height: number;
}

export function place(model: ChartModel): Placement {
  return new Placer(model).place();
}

class Placer {
  readonly #model: ChartModel;
  readonly #byId: ReadonlyMap<string, ChartNode>;
  readonly #columns: ChartNode[][] = [];
  readonly #courses: Course[];
  readonly #tracks = new Map<Strip, string[]>();
  readonly #boxes = new Map<string, Box>();
  readonly #strips = new Map<Strip, { x: number; width: number }>();

  constructor(model: ChartModel) {
    this.#model = model;
    this.#byId = new Map(model.nodes.map((node) => [node.id, node]));
    for (const node of this.#childrenOf(model.nodes[0]?.id ?? '')) {
      const last = this.#columns.at(-1);
      if (last !== undefined && (node.type === 'final' || (last.every(isLeaf) && isLeaf(node))))
        last.push(node);
      else this.#columns.push([node]);
    }
    const leaving = model.nodes.flatMap(({ id, parent }) => (parent === undefined ? [] : rowsOf(id, model)));
    this.#courses = leaving.map((edge) => this.#courseOf(edge));
    for (const { strips, to } of this.#courses) for (const strip of strips) this.#reserve(strip, to);
  }

  place(): Placement {
    const stacks = this.#columns.map((column) => column.map((node) => this.#extent(node)));
    const heights = stacks.map(
      (stack) => sum(stack.map(({ height }) => height)) + GUTTER * (stack.length - 1),
    );
    const height = Math.max(...heights);
    let x = MARGIN;
    for (const [index, column] of this.#columns.entries()) {
      x = this.#gutter(index, x);
      const width = Math.max(...(stacks[index] ?? []).map((extent) => extent.width));
      let y = MARGIN + (height - (heights[index] ?? 0)) / 2;
      for (const node of column) y += this.#put(node, x, y, width) + GUTTER;
      x += width;
    }
    x = this.#gutter(this.#columns.length, x);
    return {
      boxes: this.#boxes,
      courses: this.#courses,
      tracks: this.#tracks,
      strips: this.#strips,
      width: x + MARGIN,
      height: height + 2 * MARGIN,
    };
  }

  #reserve(strip: Strip, target: string): void {
    const tracks = this.#tracks.get(strip) ?? [];
    if (!tracks.includes(target)) this.#tracks.set(strip, [...tracks, target]);
  }

  /** Width of a gutter; an outer one without lines has none. */
  #gutter(index: number, x: number): number {
    const strip: Strip = `gutter ${index}`;
    const count = this.#tracks.get(strip)?.length ?? 0;
    const outer = index === 0 || index === this.#columns.length;
    const width = outer && count === 0 ? 0 : GUTTER + TRACK * Math.max(0, count - 1) + GUTTER;
    this.#strips.set(strip, { x, width });
    return x + width;
  }

  #extent(node: ChartNode): { width: number; height: number } {
    const own = sizeOf(node, this.#model);
    const children = this.#childrenOf(node.id).map((child) => this.#extent(child));
    if (children.length === 0) return own;
    const inside = this.#insideOf(node);
    return {
      width: Math.max(own.width, Math.max(...children.map(({ width }) => width)) + inside + INNER),
      height:
        own.height +
        FIRST_GAP +
        sum(children.map(({ height }) => height)) +
        GAP * (children.length - 1) +
        INNER,
    };
  }

  #put(node: ChartNode, x: number, y: number, width: number): number {
    const { height } = this.#extent(node);
    this.#boxes.set(node.id, { x, y, width, height });
    const inside = this.#insideOf(node);
    this.#strips.set(`inside ${node.id}`, { x, width: inside });
    let top = y + sizeOf(node, this.#model).height + FIRST_GAP;
    for (const child of this.#childrenOf(node.id)) {
      top += this.#put(child, x + inside, top, width - inside - INNER) + GAP;
    }
    return height;
  }

  #insideOf({ id }: ChartNode): number {
    const count = this.#tracks.get(`inside ${id}`)?.length ?? 0;
    return count === 0 ? INNER : GUTTER + TRACK * count;
  }

  #courseOf(edge: ChartEdge): Course {
    const to = edge.to ?? edge.from;
    const [from, target] = [this.#columnOf(edge.from), this.#columnOf(to)];
    if (from === target) return { edge, to, ...this.#within(edge.from, to, from) };
    const [leaves, enters] = from < target ? (['right', 'left'] as const) : (['left', 'right'] as const);
    const first: Strip = `gutter ${from < target ? from + 1 : from}`;
    const last: Strip = `gutter ${from < target ? target : target + 1}`;
    return { edge, to, leaves, enters, strips: first === last ? [first] : [first, last] };
  }

  /** Lines between siblings run inside their parent; a line into the source's own substate runs left of the source. */
  #within(from: string, to: string, column: number): Omit<Course, 'edge' | 'to'> {
    const parent = this.#byId.get(from)?.parent;
    const siblings =
      from !== to && parent === this.#byId.get(to)?.parent && parent !== this.#model.nodes[0]?.id;
    if (siblings) return { leaves: 'left', enters: 'left', strips: [`inside ${parent}`] };
    if (to.startsWith(`${from}.`)) return { leaves: 'left', enters: 'left', strips: [`gutter ${column}`] };
    return { leaves: 'right', enters: 'right', strips: [`gutter ${column + 1}`] };
  }

  #columnOf(id: string): number {
    return this.#columns.findIndex((column) =>
      column.some((node) => node.id === id || id.startsWith(`${node.id}.`)),
    );
  }

  #childrenOf(id: string): ChartNode[] {
    return this.#model.nodes.filter(({ parent }) => parent === id);
  }
}

function isLeaf({ initial }: ChartNode): boolean {
  return initial === undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}

/** The y at which lines enter a state: beside its name. */
export function doorOf({ y }: Box): number {
  return y + metrics.title.line / 2;
}
