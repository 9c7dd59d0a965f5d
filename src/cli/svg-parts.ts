/** Pieces that every picture is made of: the opening tag, labels, and coordinates in tenths of a pixel. */

/** `width` and `height` in pixels. `attributes` are markup, already escaped. */
export function opening(width: number, height: number, attributes = ''): string {
  const size = `viewBox="0 0 ${width} ${height}" width="${width}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"${attributes && ` ${attributes}`}>`;
}

/** `content` is markup, already escaped; `classes` are those of the picture's own style sheet. */
export function label(x: number, y: number, content: string, classes = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${classes && ` class="${classes}"`}>${content}</text>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
