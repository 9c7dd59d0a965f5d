/** Foreign text in a form that changes nothing on a terminal and in no log. */

/** Control, format (bidirectional marks among them) and separator characters, and halves of surrogate pairs. */
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line: odd characters as `\n`, `\u202e` or `\u{e0001}`. Backslashes of the text stay as they are. */
export function escaped(text: string): string {
  return text.replaceAll(ODD, (odd) => named[odd] ?? codeOf(odd));
}

function codeOf(odd: string): string {
  const hex = (odd.codePointAt(0) ?? 0).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}
