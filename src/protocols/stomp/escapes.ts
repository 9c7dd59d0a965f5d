/** Escapes of header names and values (STOMP 1.2, section "Value Encoding"); CONNECT and CONNECTED have none. */
const escapes: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', ':': '\\c', '\\': '\\\\' };
const characters: Readonly<Record<string, string>> = { '\\r': '\r', '\\n': '\n', '\\c': ':', '\\\\': '\\' };

export function escaped(text: string): string {
  return text.replaceAll(/[\r\n:\\]/g, (character) => escapes[character] as string);
}

/** `undefined` for an escape that does not exist, which the specification calls fatal. */
export function unescaped(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  if (!/^(?:[^\\]|\\[rnc\\])*$/s.test(text)) return undefined;
  return text.replaceAll(/\\./g, (pair) => characters[pair] as string);
}
