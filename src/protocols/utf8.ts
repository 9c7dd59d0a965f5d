/**
 * UTF-8 without a second allocation: sizes are counted before, and instead of, encoding. Half a surrogate
 * pair counts as, and becomes, U+FFFD, as the platform's own encoders have it.
 */

export const encoder = /* @__PURE__ */ new TextEncoder();

/** Throws for what is not UTF-8. A byte order mark is text like any other: it may start every message. */
export const strictDecoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How many bytes `text` takes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (isPair(unit, text.charCodeAt(at + 1))) at++;
  }
  return bytes;
}

/** Whether `text` takes more than `limit` bytes; counts only when its length leaves that open. */
export function isOver(text: string, limit: number): boolean {
  return text.length > limit || (text.length * 3 > limit && utf8Length(text) > limit);
}

/** Two units, four bytes: what the first was counted for pays for both. */
function isPair(unit: number, next: number): boolean {
  return (unit & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00;
}
