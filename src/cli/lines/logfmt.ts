/** The fields of a line in logfmt: `key=value` pairs, nested ones with dots. */

/** What a value without quotes must not have: blanks, quotes, `=`, backslashes, and what is not seen. */
const NEEDS_QUOTES = /[\s"=\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|^$/u;
/** Characters that JSON leaves as they are, and a terminal obeys. */
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const DEPTH = 4;

/** One line without its end. A text in quotes has the escapes of JSON; lists, and what is nested too deeply, are JSON. */
export function logfmt(fields: object): string {
  return [...pairs(fields, '', DEPTH)].map(([key, value]) => `${key}=${valueText(value)}`).join(' ');
}

function* pairs(fields: object, prefix: string, depth: number): Iterable<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(fields)) {
    const name = prefix + keyText(key);
    const isNested = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isNested && depth > 0 && Object.keys(value).length > 0) yield* pairs(value, `${name}.`, depth - 1);
    else if (value !== undefined) yield [name, value];
  }
}

/** Labels have names of their operator. */
function keyText(key: string): string {
  return key.replaceAll(/[\s"=\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '_') || '_';
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return NEEDS_QUOTES.test(text) ? JSON.stringify(text).replaceAll(ODD, escapeOf) : text;
}

/** Units of UTF-16, as JSON has them. */
function escapeOf(odd: string): string {
  return [...Array(odd.length).keys()]
    .map((at) => `\\u${odd.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
