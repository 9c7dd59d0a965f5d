/** A policy document that somebody wrote, checked: every mistake at once, each with what was expected. */
import { distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { parseDuration } from './duration.ts';
import { checkOrder, isTree } from './merge.ts';
import type { PolicyConfig } from './policy.ts';
import { policySchema } from './schema.ts';

/** More mistakes than this are counted, and no longer described. */
const MANY = 100;
/** Of a key, in a message. */
const LONG = 60;

/** The parts of a schema that a walk needs, whatever kind it is. */
interface Node extends v.GenericSchema<unknown> {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Node>>;
  /** Of an optional one. */
  readonly wrapped?: Node;
  readonly options?: readonly Node[];
  /** Of a list. */
  readonly item?: Node;
  readonly literal?: string;
}

interface Findings {
  readonly problems: ConfigProblem[];
  count: number;
}

/**
 * The document, if it is a policy: as `resolvePolicy` and `createSupervisor` take it. Throws `ConfigError`
 * with every problem (the first 100, and how many there are): path, value, and what was expected. Keys
 * that are not known are mistakes, `$schema` aside, which is dropped. Fills in no defaults, and changes
 * nothing; bounds that only come to contradict each other over a profile are left to `resolvePolicy`.
 */
export function parsePolicy(document: unknown): PolicyConfig {
  const problems = [...problemsOf(document)];
  if (problems.length === 0) checkOwnOrder(document as PolicyConfig, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const { $schema: _, ...config } = document as PolicyConfig & { $schema?: string };
  return config;
}

/** What is wrong with the document itself, whatever is below it. */
export function problemsOf(document: unknown): readonly ConfigProblem[] {
  const found: Findings = { problems: [], count: 0 };
  walk(policySchema as unknown as Node, document, '', found);
  const { problems, count } = found;
  if (count <= MANY) return problems;
  const expected = `a document without mistakes; the first ${MANY} are listed`;
  return [...problems, { path: 'policy', value: `${count} mistakes`, expected }];
}

function walk(node: Node, value: unknown, path: string, found: Findings): void {
  if (value === undefined && path !== '') return;
  const { entries, item, options, wrapped } = node;
  if (wrapped !== undefined && node.type === 'exact_optional') return walk(wrapped, value, path, found);
  if (node.type === 'variant') return walkVariant(options ?? [], value, path, found);
  if (entries !== undefined) return walkEntries(entries, value, path, found);
  if (item !== undefined && Array.isArray(value) && value.length > 0) {
    for (const [index, each] of value.entries()) walk(item, each ?? null, `${path}.${index}`, found);
    return;
  }
  const [issue] = v.safeParse(node, value, { abortEarly: true }).issues ?? [];
  if (issue !== undefined) add(found, path, value, () => issue.message);
}

function walkEntries(
  entries: NonNullable<Node['entries']>,
  value: unknown,
  path: string,
  found: Findings,
  siblings: readonly Node[] = [],
): void {
  if (!isTree(value)) return add(found, path || 'policy', value, () => 'an object');
  for (const key of Object.keys(value)) {
    const at = path === '' ? keyText(key) : `${path}.${keyText(key)}`;
    const entry = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (entry !== undefined) walk(entry, value[key], at, found);
    else add(found, at, value[key], () => unknownKey(key, Object.keys(entries), siblings));
  }
}

/** Without a type it is the first. A type that does not exist says nothing about the other keys. */
function walkVariant(options: readonly Node[], value: unknown, path: string, found: Findings): void {
  const type = isTree(value) && Object.hasOwn(value, 'type') ? value.type : undefined;
  const names = options.map(nameOf);
  const chosen = type === undefined ? options[0] : options[names.indexOf(type as string)];
  if (chosen !== undefined) return walkEntries(chosen.entries ?? {}, value, path, found, options);
  add(found, `${path}.type`, type, () => `one of ${names.map((name) => `"${name}"`).join(', ')}`);
}

function nameOf({ entries }: Node): string | undefined {
  return (entries?.type?.wrapped ?? entries?.type)?.literal;
}

function add(found: Findings, path: string, value: unknown, expected: () => string): void {
  found.count++;
  if (found.count <= MANY) found.problems.push({ path, value, expected: expected() });
}

function unknownKey(key: string, known: readonly string[], siblings: readonly Node[]): string {
  const sibling = siblings.find(({ entries = {} }) => Object.hasOwn(entries, key));
  const near = sibling === undefined ? suggestion(key, known) : `\`"type": "${nameOf(sibling)}"\``;
  const hint = near === undefined ? '' : `; did you mean ${near}?`;
  return `one of the keys ${known.filter((name) => name !== '$schema').join(', ')}${hint}`;
}

/** A key that looks like it; or else where else it would belong. */
function suggestion(key: string, known: readonly string[]): string | undefined {
  if (key.length > LONG) return undefined;
  const off = (name: string) => distance(key.toLowerCase(), name.toLowerCase());
  const [nearest] = known.toSorted((a, b) => off(a) - off(b));
  if (nearest !== undefined && off(nearest) <= Math.max(1, nearest.length / 3)) {
    return `\`${nearest}\``;
  }
  const elsewhere = paths.find((path) => `.${path}`.endsWith(`.${key}`));
  return elsewhere && `\`${elsewhere}\`${elsewhere.includes('.') ? '' : ' at the top'}`;
}

/** A key in a path. What is no plain word is quoted: it is text of somebody else, and may be anything. */
export function keyText(key: string): string {
  if (/^[\w$-]{1,60}$/.test(key)) return key;
  const clipped = key.length > LONG ? `${key.slice(0, LONG - 3)}...` : key;
  return JSON.stringify(clipped).replaceAll(
    /[^ -~]/g,
    (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** All keys that there are below the top, with where they are. */
const paths = pathsOf(policySchema as unknown as Node, '');

function pathsOf({ entries, wrapped, options = [] }: Node, prefix: string): readonly string[] {
  const below = [wrapped, ...options].filter((node) => node !== undefined);
  const own = Object.entries(entries ?? {}).flatMap(([key, node]) => [
    prefix + key,
    ...pathsOf(node, `${prefix}${key}.`),
  ]);
  return [...own, ...below.flatMap((node) => pathsOf(node, prefix))];
}

/** Contradictions that no layer below can settle. */
function checkOwnOrder({ heartbeat, reconnect }: PolicyConfig, problems: ConfigProblem[]): void {
  const ms = (value: unknown) => parseDuration(value) ?? Number.NaN;
  const { min, max } = heartbeat?.suspectAfter ?? {};
  const { base, cap } = (reconnect?.backoff ?? {}) as { base?: unknown; cap?: unknown };
  checkOrder({ min: ms(min), max: ms(max) }, { base: ms(base), cap: ms(cap) }, problems);
}
