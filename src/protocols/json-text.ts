/** JSON of a peer: read without an error, and refused when it nests so deep that recursive code could not read it. */

/** More levels than any message needs; recursive code of the engine and of users overflows the stack at several thousand. */
const MOST_LEVELS = 1000;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = 0x5b;
const CLOSING = 0x5d;
/** All bits but the one in which `[` and `{`, and `]` and `}`, differ. */
const KIND = ~0x20;

/** The value of a JSON text; `undefined`, which JSON cannot express, when it is none or nests deeper than 1000 levels. */
export function readJson(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object that is neither `null` nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a JSON text nests deeper than 1000 levels. Looks at the text, so that nothing is built of one that is refused. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MOST_LEVELS) return false;
  let levels = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at);
    else if ((unit & KIND) === OPENING) {
      if (++levels > MOST_LEVELS) return true;
    } else if ((unit & KIND) === CLOSING) levels--;
  }
  return false;
}

/** The position of the quote that ends the string which begins at `start`; the end of the text without one. */
function endOfString(text: string, start: number): number {
  let at = start;
  do at = text.indexOf('"', at + 1);
  while (at >= 0 && isEscaped(text, at));
  return at < 0 ? text.length : at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}
