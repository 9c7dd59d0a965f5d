/** Headers, tokens and TLS of all dials, from the options of the command line and the part `dial` of its configuration. */
import { dirname } from 'node:path';
import type { ConfigProblem } from '../../base/errors.ts';
import type { TlsOptions } from '../../transport/tls-options.ts';
import type { Io } from '../io.ts';
import { readOptionFile } from '../problems.ts';
import type { DialFlags } from './flags.ts';
import {
  checkName,
  checkOnce,
  checkValue,
  headerOf,
  headersOfText,
  mergedHeaders,
  type SecretHeaders,
} from './headers.ts';
import { fixed, type Secret, type Surroundings, secretOf, variable } from './secret.ts';
import type { DialSection } from './section.ts';
import { tlsOf } from './tls.ts';

export interface Dialling {
  readonly headers: SecretHeaders;
  readonly subprotocols: readonly string[];
  readonly user: string;
  readonly password: Secret | undefined;
  readonly token: Secret | undefined;
  /** Undefined: the defaults of Node. */
  readonly tls: TlsOptions | undefined;
  /** Everything that was given, by option or path, for the error when no URL has a use for it. */
  readonly named: readonly Named[];
}

/** The kinds of URLs that have a use for an option. */
export type Part = 'headers' | 'subprotocols' | 'token' | 'login' | 'tls';

interface Named {
  readonly part: Part;
  readonly path: string;
  /** `***` for a secret. */
  readonly value: unknown;
}

const tlsKeys = ['ca', 'cert', 'key', 'servername', 'insecure'] as const;

/** A section, the path of its problems, and the file that it stands in. */
export interface LocatedSection {
  readonly section: DialSection;
  readonly at: string;
  readonly file: string;
}

/** Options go before the section. Adds problems; the result is meaningless then. */
export function diallingOf(
  flags: DialFlags,
  located: LocatedSection | undefined,
  env: Io['env'],
  problems: ConfigProblem[],
): Dialling {
  const { section = {}, at = 'dial', file = '.' } = located ?? {};
  const around = { env, folder: dirname(file) };
  const headers = mergedHeaders(
    sectionHeaders(section, at, around, problems),
    fileHeaders(flags.headersFile, problems),
    argumentHeaders(flags.header ?? [], problems),
  );
  const subprotocols = flags.subprotocol ?? section.subprotocols ?? [];
  checkSubprotocols(subprotocols, flags.subprotocol ? '--subprotocol' : `${at}.subprotocols`, problems);
  return {
    headers,
    subprotocols,
    user: section.user ?? '',
    password:
      section.password === undefined
        ? undefined
        : secretOf(section.password, `${at}.password`, around, problems),
    token: tokenOf(flags, section, at, around, problems),
    tls: tlsOf(flags, section.tls ?? {}, `${at}.tls`, around.folder, problems),
    named: namesOf(flags, section, at),
  };
}

function sectionHeaders(
  { headers = {} }: DialSection,
  at: string,
  around: Surroundings,
  problems: ConfigProblem[],
): SecretHeaders {
  const path = `${at}.headers`;
  checkOnce(Object.keys(headers), path, problems);
  const good = Object.entries(headers).filter(([name]) => checkName(name, path, problems));
  return Object.fromEntries(
    good.map(([name, text]) => {
      const before = problems.length;
      const secret = secretOf(text, `${path}.${name}`, around, problems);
      if (problems.length === before) checkValue(name, secret.read(), path, problems);
      return [name, secret];
    }),
  );
}

function fileHeaders(file: string | undefined, problems: ConfigProblem[]): SecretHeaders {
  const text = file === undefined ? undefined : readOptionFile('--headers-file', file, problems);
  if (text === undefined) return {};
  const path = `--headers-file ${file}`;
  const headers = headersOfText(text.replace(/^\uFEFF/, ''), path, problems);
  return fixedHeaders(headers, path, problems);
}

function argumentHeaders(lines: readonly string[], problems: ConfigProblem[]): SecretHeaders {
  const path = '--header';
  const headers = lines.flatMap((line) => {
    const header = headerOf(line, path, problems);
    return header === undefined ? [] : [header];
  });
  return fixedHeaders(headers, path, problems);
}

function fixedHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  path: string,
  problems: ConfigProblem[],
): SecretHeaders {
  const names = headers.map(([name]) => name);
  checkOnce(names, path, problems);
  for (const [name, value] of headers) checkValue(name, value, path, problems);
  return Object.fromEntries(headers.map(([name, value]) => [name, fixed(value)]));
}

function tokenOf(
  { tokenEnv }: DialFlags,
  { token }: DialSection,
  at: string,
  around: Surroundings,
  problems: ConfigProblem[],
): Secret | undefined {
  const before = problems.length;
  const [path, secret] =
    tokenEnv === undefined
      ? [`${at}.token`, token === undefined ? undefined : secretOf(token, `${at}.token`, around, problems)]
      : ['--token-env', fixed(variable(around.env, tokenEnv, '--token-env', tokenEnv, problems))];
  if (secret !== undefined && problems.length === before)
    checkValue(tokenEnv ?? 'token', secret.read(), path, problems);
  return secret;
}

function checkSubprotocols(names: readonly string[], path: string, problems: ConfigProblem[]): void {
  for (const name of names) {
    const isName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);
    // A subprotocol such as `bearer.<token>` may be a secret.
    if (!isName)
      problems.push({ path, value: '***', expected: 'the name of a subprotocol (RFC 6455 section 4.1)' });
  }
  if (new Set(names).size < names.length)
    problems.push({ path, value: 'a repeated name', expected: 'each subprotocol once' });
}

/** Options, and paths in the section where there is no option. */
function namesOf(
  flags: DialFlags,
  { headers, subprotocols, token, user, password, tls = {} }: DialSection,
  at: string,
) {
  const hide = (value: unknown) => (value === undefined ? undefined : '***');
  const asked: readonly (readonly [Part, path: string, value: unknown])[] = [
    ['headers', '--header', hide(flags.header)],
    ['headers', '--headers-file', flags.headersFile],
    ['headers', `${at}.headers`, headers],
    ['subprotocols', '--subprotocol', hide(flags.subprotocol)],
    ['subprotocols', `${at}.subprotocols`, subprotocols],
    ['token', '--token-env', flags.tokenEnv],
    ['token', `${at}.token`, hide(token)],
    ['login', `${at}.user`, user],
    ['login', `${at}.password`, hide(password)],
    ...tlsKeys.map((key) => ['tls', `--${key}`, flags[key]] as const),
    ...tlsKeys.map((key) => ['tls', `${at}.tls.${key}`, tls[key]] as const),
  ];
  return asked.flatMap(([part, path, value]) => (value === undefined ? [] : [{ part, path, value }]));
}
