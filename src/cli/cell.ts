/** Text in columns of a terminal, where some characters take two. */
import stringWidth from 'string-width';

const ASCII = /^[\x20-\x7e]*$/;

/** The columns that a text without control characters takes. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** Ends text that is too wide with an ellipsis. */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return `${leading(text, Math.max(0, width - 1))}…`;
}

/** Cuts out of the middle: URLs differ mostly at their end. */
export function clipInside(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const tail = Math.floor(width / 2);
  const end = [...leading([...text].reverse().join(''), tail)].reverse().join('');
  return `${leading(text, Math.max(0, width - 1 - widthOf(end)))}…${end}`;
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The longest beginning of at most this width. */
function leading(text: string, width: number): string {
  if (ASCII.test(text)) return text.slice(0, width);
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width) break;
    taken += character;
  }
  return taken;
}

/** Labels as one text. */
export function labelText(labels: Readonly<Record<string, string>> = {}): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

/** A time for people, such as `3.2s` or `5m`. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)}m` : `${Math.round(seconds / 3600)}h`;
}

export function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : `${Math.round(ms / 1000)}s`;
}

/** A round-trip time, such as `1.2ms` or `35ms`. */
export function roundTripText(ms: number): string {
  if (ms >= 1000) return seconds(ms);
  return ms < 10 ? `${ms.toFixed(1)}ms` : `${Math.round(ms)}ms`;
}
