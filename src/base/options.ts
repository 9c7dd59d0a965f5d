/** Checks of objects of options: keys that nothing reads, and values of another type, both of which JavaScript ignores. */
import { badConfig, ConfigError, type ConfigProblem } from './errors.ts';
import { nearest } from './nearest.ts';

/** The type of an option; 0, or an object, for one that its reader checks. */
export type Kind = 'a function' | 'a string' | 'a boolean' | 'a list' | 'an object' | 0 | object;

/** Every option of `T`. */
export type Kinds<T> = { readonly [K in keyof T]-?: Kind };

/** The problem of a key that nothing reads: names the keys that are read, and the one that is probably meant. */
export function unknownKey(
  path: string,
  key: string,
  value: unknown,
  known: readonly string[],
  meant = nearest(key, known),
): ConfigProblem {
  const hint = meant === undefined ? '' : didYouMean(meant);
  return { path: path + key, value, expected: `one of the keys ${known.join(', ')}${hint}` };
}

export function didYouMean(meant: string): string {
  return `; did you mean \`${meant}\`?`;
}

/** Returns the options. Throws `ConfigError`, with `at` as the path of a value that is no object. */
export function objectOf<T>(at: string, options: T): T {
  if (kindOf(options) === 'object') return options;
  throw badConfig(at, options, 'an object of options');
}

/** Returns the options. Throws `ConfigError` with every problem. `prefix` goes before the paths of keys. */
export function checked<T>(at: string, options: T, kinds: Readonly<Record<string, Kind>>, prefix = ''): T {
  const problems: ConfigProblem[] = [];
  for (const [key, value] of Object.entries(objectOf(at, options) as object)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (kind === undefined) problems.push(unknownKey(prefix, key, value, Object.keys(kinds)));
    else if (typeof kind === 'string' && value !== undefined && !kind.endsWith(` ${kindOf(value)}`))
      problems.push({ path: prefix + key, value, expected: kind });
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return options;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}
