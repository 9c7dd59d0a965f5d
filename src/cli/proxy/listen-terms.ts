/** Limits of the listening side, and the terms of its tunnels. */
import type { ConfigProblem } from '../../base/errors.ts';
import type { ListenLimits } from '../../endpoints/admission.ts';
import type { AcceptSessionOptions } from '../../sessions/accept-options.ts';
import { variable } from '../dial/secret.ts';
import type { Io } from '../io.ts';
import { duration } from '../options.ts';
import type { ListenFlags } from './flags.ts';
import { identifying } from './identity.ts';
import type { SessionSide } from './route.ts';

export interface ListenTerms {
  readonly limits: ListenLimits;
  readonly session: AcceptSessionOptions;
}

/** Sessions without a limit of clients, detached ones included. */
const MOST_SESSIONS = 100_000;

export function listenTerms(
  flags: ListenFlags,
  session: SessionSide | undefined,
  env: Io['env'],
  problems: ConfigProblem[],
): ListenTerms {
  const connections = countOf('--max-connections', flags.maxConnections, problems);
  const perAddress = countOf('--max-per-address', flags.maxPerAddress, problems);
  if (session !== 'listen') refuseTunnel(flags, problems);
  const keepFor = duration('--keep-for', flags.keepFor, 1, problems);
  const total = connections ?? MOST_SESSIONS;
  return {
    limits: { connections, perAddress },
    session: {
      ...(keepFor !== undefined && { keepFor }),
      ...identity(flags.listenTokenEnv, env, problems),
      plaintext: flags.plaintext === true,
      maxSessions: { total, perIdentity: total },
    },
  };
}

function identity(name: string | undefined, env: Io['env'], problems: ConfigProblem[]) {
  if (name === undefined) return {};
  const token = variable(env, name, '--listen-token-env', name, problems);
  return { identify: identifying(token) };
}

function refuseTunnel({ listenTokenEnv, keepFor, plaintext }: ListenFlags, problems: ConfigProblem[]): void {
  const given = { '--listen-token-env': listenTokenEnv, '--keep-for': keepFor, '--plaintext': plaintext };
  for (const [path, value] of Object.entries(given))
    if (value !== undefined)
      problems.push({ path, value, expected: 'none, as the listening side is no session' });
}

function countOf(path: string, text: string | undefined, problems: ConfigProblem[]): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  problems.push({ path, value: text, expected: 'a whole number from 1' });
  return null;
}
