/** The options of `simulate`. All their problems are reported at once. */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, dirname, extname, sep } from 'node:path';
import type { ConfigProblem } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import type { Policy } from '../../config/policy.ts';
import { resolvePolicy } from '../../config/resolve.ts';
import { behaviorOf, type ClientBehavior } from '../../storm/behavior.ts';
import { behaviorOfKnown, knownClients } from '../../storm/known-clients.ts';
import type { Setting } from '../../storm/storm.ts';
import { duration, settingsOf } from '../options.ts';
import { collecting, messageOf } from '../problems.ts';

/** The options as commander parses them. */
export interface SimulateFlags {
  readonly clients?: string;
  readonly processes?: string;
  readonly outage?: string;
  readonly capacity?: string;
  readonly queue?: string;
  readonly timeout?: string;
  readonly refusalCost?: string;
  readonly compare?: string;
  readonly seed?: string;
  readonly out?: string;
  readonly json?: true;
}

export interface Picture {
  readonly file: string;
  readonly format: PictureFormat;
}

export type PictureFormat = 'svg' | 'html';

export interface Plan {
  readonly setting: Setting;
  /** The policy of the file comes first. */
  readonly behaviors: readonly ClientBehavior[];
  readonly seed: number;
  readonly picture: Picture | undefined;
}

/** The defaults of the options. */
export const defaults = {
  clients: 100_000,
  processes: 100,
  outageMs: 60_000,
  capacity: 2000,
  queue: 5000,
  refusalCost: 0,
  seed: 1,
} as const;

const MAX_CLIENTS = 1_000_000;
const MAX_OUTAGE_MS = 86_400_000;
const MAX_COUNT = 2 ** 31 - 1;

/** Adds invalid options to `problems`; the result is meaningless then. */
export function planOf(file: string, flags: SimulateFlags, problems: ConfigProblem[]): Plan {
  const policy = policyOf(file, problems);
  const setting = settingOf(flags, policy, problems);
  return {
    setting,
    behaviors: [behaviorOf(basename(file), policy), ...comparisons(flags.compare, problems)],
    seed: count('--seed', flags.seed, [0, MAX_COUNT], problems) ?? defaults.seed,
    picture: pictureOf(flags.out, problems),
  };
}

function settingOf(flags: SimulateFlags, policy: Policy, problems: ConfigProblem[]): Setting {
  const clients = count('--clients', flags.clients, [1, MAX_CLIENTS], problems) ?? defaults.clients;
  const timeout = duration('--timeout', flags.timeout, 1, problems);
  return {
    clients,
    processes: processesOf(flags.processes, clients, problems),
    outageMs: outageOf(flags.outage, problems),
    capacity: count('--capacity', flags.capacity, [1, MAX_COUNT], problems) ?? defaults.capacity,
    queue: count('--queue', flags.queue, [0, MAX_COUNT], problems) ?? defaults.queue,
    patienceMs: timeout ?? policy.deadlines.connect,
    silent: timeout !== undefined,
    refusalCost: share('--refusal-cost', flags.refusalCost, problems) ?? defaults.refusalCost,
  };
}

function policyOf(file: string, problems: ConfigProblem[]): Policy {
  const own: ConfigProblem[] = [];
  const { policy } = settingsOf({ config: file }, own);
  problems.push(
    ...own.map((problem) => (problem.path === '--config' ? { ...problem, path: 'file' } : problem)),
  );
  return collecting(problems, () => resolvePolicy(policy)) ?? resolvePolicy();
}

function processesOf(text: string | undefined, clients: number, problems: ConfigProblem[]): number {
  if (text === undefined) return Math.min(defaults.processes, clients);
  return count('--processes', text, [1, clients], problems) ?? defaults.processes;
}

function outageOf(text: string | undefined, problems: ConfigProblem[]): number {
  const ms = duration('--outage', text, 0, problems) ?? defaults.outageMs;
  if (ms > MAX_OUTAGE_MS) problems.push({ path: '--outage', value: text, expected: 'at most 24h' });
  return ms;
}

function comparisons(names: string | undefined, problems: ConfigProblem[]): ClientBehavior[] {
  const known = knownClients.map(({ name }) => name);
  const wanted = (names ?? '').split(',').map((name) => name.trim());
  return [...new Set(wanted)].flatMap((name) => {
    const knownClient = knownClients.find((candidate) => candidate.name === name);
    if (knownClient !== undefined) return [behaviorOfKnown(knownClient)];
    if (names === undefined) return [];
    const meant = nearest(name, known);
    const expected = `names out of ${known.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    problems.push({ path: '--compare', value: name, expected });
    return [];
  });
}

function pictureOf(file: string | undefined, problems: ConfigProblem[]): Picture | undefined {
  if (file === undefined) return undefined;
  const format = extname(file).slice(1).toLowerCase();
  if (format !== 'svg' && format !== 'html') {
    problems.push({ path: '--out', value: file, expected: 'a file that ends in .svg or .html' });
    return undefined;
  }
  checkWritable(file, problems);
  return { file, format };
}

/** Checks `--out` before the simulation, which takes many seconds. */
function checkWritable(file: string, problems: ConfigProblem[]): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new Error('it is a folder');
    // A separator at the end makes the check fail if the parent is not a folder.
    accessSync(found ? file : dirname(file) + sep, constants.W_OK);
  } catch (error) {
    problems.push(unwritable(file, error));
  }
}

export function unwritable(file: string, error: unknown): ConfigProblem {
  return { path: '--out', value: file, expected: `a writable file (${messageOf(error)})` };
}

function count(
  path: string,
  text: string | undefined,
  [least, most]: readonly [number, number],
  problems: ConfigProblem[],
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  problems.push({ path, value: text, expected: `a whole number from ${least} to ${most}` });
  return undefined;
}

/** A percentage as a share from 0 to 1. */
function share(path: string, text: string | undefined, problems: ConfigProblem[]): number | undefined {
  if (text === undefined) return undefined;
  const percent = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) : Number.NaN;
  if (percent <= 100) return percent / 100;
  problems.push({ path, value: text, expected: 'a percentage from 0% to 100%, such as 5%' });
  return undefined;
}
