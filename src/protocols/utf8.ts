/** Lengths in bytes of UTF-8. Half a surrogate pair counts as U+FFFD, which the platform's encoders make of it. */

/** Counted without encoding, to save an allocation. */
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

/** Less code in a page than counting, for where it is rarely called. */
export function encodedLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Whether `text` takes more than `limit` bytes; encodes it only when the number of code units does not decide. */
export function isOver(text: string, limit: number): boolean {
  return text.length > limit || (text.length * 3 > limit && encodedLength(text) > limit);
}

/** Whether two code units are a surrogate pair: 4 bytes, of which `utf8Length` counts 3 for the first and 1 for the second. */
function isPair(unit: number, next: number): boolean {
  return (unit & 0xfc00) === 0xd800 && (next & 0xfc00) === 0xdc00;
}
