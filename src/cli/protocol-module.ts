/** `--protocol ./module.js`: loads a protocol of the user, and checks its fields before anything starts. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigProblem } from '../base/errors.ts';
import { foreignText } from '../base/redact.ts';
import type { AnyProtocol } from '../endpoints/place.ts';
import { messageOf } from './problems.ts';

type Check = readonly [field: string, value: unknown, holds: boolean, expected: string];
type Fields = Readonly<Record<string, unknown>>;

const SCHEME = /^[a-z][a-z0-9+.-]*$/;
/** The schemes of transports that dial a host. */
const dialled: readonly unknown[] = ['tcp', 'tls', 'ws', 'wss'];
const modes: readonly unknown[] = ['probe', 'listen', 'announce', 'exchange', null];

/** True for what cannot be the name of a protocol. */
export function isModulePath(text: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(text);
}

/** A relative path begins in the working directory. Adds its problems, and returns nothing then. */
export async function loadProtocol(
  path: string,
  problems: ConfigProblem[],
): Promise<AnyProtocol | undefined> {
  const refuse = (expected: string) => void problems.push({ path: '--protocol', value: path, expected });
  const file = resolve(path);
  if (!existsSync(file)) return refuse(`the path of a module (no such file: ${file})`);
  try {
    const exported = exportOf((await import(pathToFileURL(file).href)) as Fields);
    if (exported === undefined) return refuse('a module with an export "protocol", or a default export');
    const made: unknown = typeof exported === 'function' ? await exported() : exported;
    if (typeof made !== 'object' || made === null)
      return refuse(`a module that exports a protocol, or a function that returns one (got ${kindOf(made)})`);
    const bad = checksOf(made as Fields).filter(([, , holds]) => !holds);
    for (const [field, value, , expected] of bad)
      problems.push({ path: `--protocol ${path}: ${field}`, value, expected });
    return bad.length === 0 ? (made as AnyProtocol) : undefined;
  } catch (error) {
    return refuse(`a module that loads (${foreignText(messageOf(error))})`);
  }
}

/** A module in CommonJS may have `module.exports` for its default export. */
function exportOf(module: Fields): unknown {
  return module.protocol ?? module.default;
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

function checksOf(protocol: Fields): readonly Check[] {
  const { name, identity, carrier, modes: each, schemes, takesCredentials, open, encode, measure } = protocol;
  const { dial, accept } = Object(each);
  const mode = 'probe, listen, announce, exchange or null';
  return [
    ['name', name, isText(name), 'a text'],
    ['identity', identity, identity === undefined || isText(identity), 'a text, or none'],
    ['carrier', carrier, [undefined, 'bytes', 'messages'].includes(carrier as string), 'bytes or messages'],
    ['modes.dial', dial, modes.includes(dial), mode],
    ['modes.accept', accept, modes.includes(accept), mode],
    ['takesCredentials', takesCredentials, isOptional('boolean', takesCredentials), 'true or false'],
    ['open', open, typeof open === 'function', 'a function'],
    ['encode', encode, isOptional('function', encode), 'a function, or none'],
    ['measure', measure, isOptional('function', measure), 'a function, or none'],
    ...Object.entries(Object(schemes)).flatMap(([scheme, rule]) => schemeChecks(scheme, Object(rule))),
  ];
}

function schemeChecks(scheme: string, { over, port, subprotocols }: Fields): readonly Check[] {
  const field = `schemes.${scheme}`;
  const isPort = port === undefined || (Number.isInteger(port) && Number(port) > 0 && Number(port) <= 65_535);
  const isList = Array.isArray(subprotocols) && subprotocols.every(isText);
  return [
    [field, scheme, SCHEME.test(scheme), 'a scheme in lower case, without the colon'],
    [`${field}.over`, over, dialled.includes(over), `one of ${dialled.join(', ')}`],
    [`${field}.port`, port, isPort, 'a port from 1 to 65535, or none'],
    [`${field}.subprotocols`, subprotocols, subprotocols === undefined || isList, 'a list of texts, or none'],
  ];
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isOptional(type: string, value: unknown): boolean {
  return value === undefined || typeof value === type;
}
