/** Checks of objects of options: keys that nothing reads, and values of another type, both of which JavaScript ignores. */
import { badConfig } from './errors.ts';
import { nearest } from './nearest.ts';

type Word = 'a function' | 'a string' | 'a boolean' | 'a number' | 'a list' | 'an object' | 'null';

/** The types that an option may have; 0, or an object, for one that its reader checks. */
export type Kind = Word | `${Word} or ${Word}` | 0 | object;

/** Every option of `T`. */
export type Kinds<T> = { readonly [K in keyof T]-?: Kind };

/** The expectation of a key that nothing reads: the keys that are read, and the one that is probably meant. */
export function expectedKey(key: string, known: readonly string[]): string {
  return `one of the keys ${known.join(', ')}${hint(nearest(key, known))}`;
}

function hint(meant: string | undefined): string {
  return meant ? `; did you mean \`${meant}\`?` : '';
}

/** A transport or protocol, which has that method. Throws `ConfigError`, also for the function that makes one. */
export function having<T>(method: 'dial' | 'open', path: string, value: unknown): T {
  if (typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function') return value as T;
  const meant = typeof value === 'function' ? `${value.name}()` : undefined;
  throw badConfig(path, value, `a ${method === 'dial' ? 'transport' : 'protocol'}${hint(meant)}`);
}

/** Returns the options. Throws `ConfigError`, with `at` as the path, for a value that is no object. */
export function objectOf<T>(at: string, options: T): T {
  if (kindOf(options) === 'object') return options;
  throw badConfig(at, options, 'an object of options');
}

/** Returns the options. Throws `ConfigError` for a key that nothing reads, and for a value of another type. */
export function checked<T>(at: string, options: T, kinds: Readonly<Record<string, Kind>>, prefix = ''): T {
  for (const [key, value] of Object.entries(objectOf(at, options) as object)) {
    if (!Object.hasOwn(kinds, key))
      throw badConfig(prefix + key, value, expectedKey(key, Object.keys(kinds)));
    const kind = kinds[key];
    if (value !== undefined && typeof kind === 'string' && !kind.includes(kindOf(value)))
      throw badConfig(prefix + key, value, kind);
  }
  return options;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}
