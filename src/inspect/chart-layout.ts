/** Positions of a chart's parts, as the build computes them and the page draws them. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Where a chart's parts are, in units of its own; y grows downwards, the origin is the chart's corner. */
export interface ChartLayout {
  /** Size of the whole drawing. */
  readonly width: number;
  readonly height: number;
  /** By the node's id. Absolute, not relative to the parent. */
  readonly nodes: Readonly<Record<string, Box>>;
  /** By the edge's id. Edges that keep their state have no line, and may be absent. */
  readonly edges: Readonly<Record<string, EdgeLayout>>;
}

export interface EdgeLayout {
  /** A polyline from source to target, ends included. */
  readonly points: readonly Point[];
  readonly label?: Box;
}
