/** Draws what changes often together with the present, a few times a second. */

const due = new Set<() => void>();

/** `draw` is called when the present is drawn next. */
export function drawLater(draw: () => void): void {
  due.add(draw);
}

/** The present is drawn. */
export function drawNow(): void {
  const all = [...due];
  due.clear();
  for (const draw of all) draw();
}
