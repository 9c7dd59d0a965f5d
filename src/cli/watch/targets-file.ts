/** `--targets FILE`: the endpoints of `watch` as a list in JSON. Each problem is reported with its line. */
import { dirname, resolve } from 'node:path';
import type { ConfigProblem } from '../../base/errors.ts';
import { checked, type Kinds } from '../../base/options.ts';
import { redactUrl } from '../../base/redact.ts';
import type { PolicyConfig } from '../../config/policy.ts';
import { resolvePolicy } from '../../config/resolve.ts';
import { type DialSection, sectionProblems } from '../dial/section.ts';
import { documentOf, inFile } from '../json-document.ts';
import { policyOf } from '../policy-file.ts';
import { collecting, readOptionFile } from '../problems.ts';
import { isModulePath } from '../protocol-module.ts';

export interface Target {
  readonly id: string;
  readonly url: string;
  /** A name, or the absolute path of a module. */
  readonly protocol: string | undefined;
  readonly policy: PolicyConfig;
  readonly labels: Readonly<Record<string, string>>;
  /** Replaces the options and the part `dial` of the configuration. */
  readonly dial: DialSection | undefined;
  /** Adds a problem of this target, with its line. */
  readonly report: (problem: ConfigProblem) => ConfigProblem;
}

/** A target as it is written. */
interface Written {
  readonly id?: string;
  readonly url: string;
  readonly protocol?: string;
  readonly policy?: PolicyConfig | string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dial?: DialSection;
}

const kinds: Kinds<Written> = {
  id: 'a string',
  url: 'a string',
  protocol: 'a string',
  policy: 0,
  labels: 'an object',
  dial: 'an object',
};

/** Characters of an id at most: it is in every line and in the table. */
const LONGEST_ID = 200;

/** Adds problems; the result is meaningless then. */
export function readTargets(file: string, problems: ConfigProblem[]): readonly Target[] {
  const text = readOptionFile('--targets', file, problems);
  if (text === undefined) return [];
  const document = documentOf(text, 'a list of targets');
  if (!('locate' in document)) {
    problems.push(inFile(file, document));
    return [];
  }
  const { value, repeated, locate } = document;
  const report = (problem: ConfigProblem) => inFile(file, locate(problem));
  problems.push(...repeated.map(report));
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(
      report({
        path: '',
        value: Array.isArray(value) ? 'an empty list' : value,
        expected: 'a list of targets',
      }),
    );
    return [];
  }
  const targets = value.flatMap(
    (written: unknown, index) => targetOf(written, index, file, report, problems) ?? [],
  );
  checkIds(targets, problems);
  return targets;
}

type Report = (problem: ConfigProblem) => ConfigProblem;

function targetOf(
  written: unknown,
  index: number,
  file: string,
  report: Report,
  problems: ConfigProblem[],
): Target | undefined {
  const at = `${index}`;
  const mine = (problem: ConfigProblem) => report({ ...problem, path: `${at}.${problem.path}` });
  const own: ConfigProblem[] = [];
  const target = collecting(own, () => checked(at, written, kinds, `${at}.`)) as Written | undefined;
  if (target === undefined) {
    problems.push(...own.map(report));
    return undefined;
  }
  const { id, url, protocol, policy, labels = {}, dial } = target;
  const expected = 'a URL such as tcp://host:port or wss://host/path';
  if (url === undefined) own.push({ path: 'url', value: url, expected });
  const badLabel = Object.entries(labels).find(([, label]) => typeof label !== 'string');
  if (badLabel !== undefined)
    own.push({ path: `labels.${badLabel[0]}`, value: badLabel[1], expected: 'a text' });
  own.push(...idProblems(id), ...sectionProblems(dial));
  const config = policyFor(policy, file, own);
  problems.push(...own.map(mine));
  return {
    id: id ?? redactUrl(url ?? ''),
    url,
    protocol: protocol !== undefined && isModulePath(protocol) ? resolve(dirname(file), protocol) : protocol,
    policy: config,
    labels,
    dial,
    report: mine,
  };
}

/** A text is the path of a policy, from the folder of the file. */
function policyFor(
  policy: PolicyConfig | string | undefined,
  file: string,
  problems: ConfigProblem[],
): PolicyConfig {
  if (policy === undefined) return {};
  if (typeof policy !== 'string') {
    const own: ConfigProblem[] = [];
    collecting(own, () => resolvePolicy(policy));
    problems.push(...own.map((problem) => ({ ...problem, path: `policy.${problem.path}` })));
    return policy;
  }
  const path = resolve(dirname(file), policy);
  const text = readOptionFile('policy', path, problems);
  if (text === undefined) return {};
  const read = policyOf(text);
  if ('policy' in read) return read.config;
  problems.push(
    ...read
      .map((problem) => inFile(path, problem))
      .map((problem) => ({ ...problem, path: `policy (${problem.path})` })),
  );
  return {};
}

function idProblems(id: string | undefined): readonly ConfigProblem[] {
  if (id === undefined) return [];
  const isPlain = id.trim() !== '' && id.length <= LONGEST_ID && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(id);
  const expected = `1 to ${LONGEST_ID} characters, none of them a control or format character`;
  return isPlain ? [] : [{ path: 'id', value: id, expected }];
}

function checkIds(targets: readonly Target[], problems: ConfigProblem[]): void {
  const seen = new Set<string>();
  for (const { id, report } of targets) {
    if (seen.has(id))
      problems.push(report({ path: 'id', value: id, expected: 'an id that no other target has' }));
    seen.add(id);
  }
}
