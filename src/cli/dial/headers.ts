/** Headers of the command line: `Name: value`, in arguments and in files. A value is in no error. */
import type { ConfigProblem } from '../../base/errors.ts';
import type { Secret } from './secret.ts';

/** Values by name, as written. */
export type SecretHeaders = Readonly<Record<string, Secret>>;

export const HEADER = "a name, a colon and a value, as in 'X-Key: value'";

/** RFC 9110 section 5.6.2. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 section 5.5. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Headers that the upgrade sends itself (RFC 6455 section 4.1). */
const OWN = /^(connection|upgrade|sec-websocket-.*)$/i;

/** The header in a line; undefined with a problem. */
export function headerOf(line: string, path: string, problems: ConfigProblem[]) {
  const [, name, value] = /^([^:]*?)\s*:(.*)$/s.exec(line.trim()) ?? [];
  if (name === undefined || value === undefined) {
    problems.push({ path, value: '***', expected: HEADER });
    return undefined;
  }
  if (!checkName(name, path, problems)) return undefined;
  return [name, value.trim()] as const;
}

/** Headers of a file, by line. Blank lines and those that begin with `#` count for nothing. */
export function headersOfText(text: string, path: string, problems: ConfigProblem[]) {
  return text.split(/\r\n|\r|\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const header = headerOf(line, `${path}:${index + 1}`, problems);
    return header === undefined ? [] : [header];
  });
}

/** Later ones replace earlier ones of the same name, in upper or lower case. */
export function mergedHeaders(...all: readonly SecretHeaders[]): SecretHeaders {
  const merged = new Map<string, readonly [string, Secret]>();
  for (const [name, secret] of all.flatMap(Object.entries<Secret>))
    merged.set(name.toLowerCase(), [name, secret]);
  return Object.fromEntries(merged.values());
}

/** Adds a problem for a header that is given twice. */
export function checkOnce(names: readonly string[], path: string, problems: ConfigProblem[]): void {
  const seen = new Set<string>();
  for (const name of names.map((each) => each.toLowerCase())) {
    if (seen.has(name)) problems.push({ path, value: name, expected: 'each header once' });
    seen.add(name);
  }
}

export function checkName(name: string, path: string, problems: ConfigProblem[]): boolean {
  // A secret without a colon before it would be taken for the name.
  if (!NAME.test(name))
    problems.push({ path, value: '***', expected: `${HEADER}; this is no name of a header` });
  else if (OWN.test(name)) problems.push({ path, value: name, expected: expectedFor(name) });
  else return true;
  return false;
}

/** Adds a problem for a value that no header can have. */
export function checkValue(name: string, value: string, path: string, problems: ConfigProblem[]): void {
  if (VALUE.test(value)) return;
  problems.push({
    path: `${path} ${name}`,
    value: '***',
    expected: 'a text of one line, without characters beyond Latin-1',
  });
}

function expectedFor(name: string): string {
  const meant = /protocol$/i.test(name) ? '; --subprotocol offers subprotocols' : '';
  return `a header that the WebSocket does not send itself${meant}`;
}
