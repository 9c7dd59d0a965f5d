/** Whether the server keeps what it has confirmed. */
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { pairsOf, textOf } from './replies.ts';
import { isReply, type RedisServer } from './server.ts';

/**
 * `no-appendfsync-on-rewrite`: nothing is synced while the file is rewritten, also by `appendfsync always`.
 * `field`: the line of INFO that tells the same, where CONFIG is forbidden.
 */
const wanted = [
  { setting: 'appendonly', expected: 'yes', field: 'aof_enabled', values: { '1': 'yes', '0': 'no' } },
  { setting: 'appendfsync', expected: 'always' },
  { setting: 'no-appendfsync-on-rewrite', expected: 'no' },
  { setting: 'maxmemory-policy', expected: 'noeviction', field: 'maxmemory_policy' },
] as const satisfies readonly Wanted[];

interface Wanted {
  readonly setting: string;
  readonly expected: string;
  readonly field?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** Rejects with `ConfigError`. `unsafe`: a server that may forget is permitted; one of a cluster is not. */
export async function checkSettings(server: RedisServer, unsafe: boolean): Promise<void> {
  const info = await infoOf(server);
  const problems: ConfigProblem[] = [];
  const enabled = await settingOf(server, info, {
    setting: 'cluster-enabled',
    expected: 'no',
    ...clusterField,
  });
  if (enabled === 'yes')
    problems.push({
      path: 'cluster-enabled',
      value: enabled,
      expected: 'no: scripts take keys of several slots',
    });
  for (const each of unsafe ? [] : wanted) {
    const value = await settingOf(server, info, each);
    if (value !== each.expected) problems.push(problemOf(each, value));
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

const clusterField = { field: 'cluster_enabled', values: { '1': 'yes', '0': 'no' } };

function problemOf({ setting, expected }: Wanted, value: string | undefined): ConfigProblem {
  const known = `${JSON.stringify(expected)}, or \`unsafe: true\`: the server may forget what it has confirmed`;
  const hidden = `${JSON.stringify(expected)}, which the server does not tell: permit \`CONFIG GET\`, or say \`unsafe: true\` if it holds`;
  return { path: setting, value, expected: value === undefined ? hidden : known };
}

/** Undefined where the server tells it by neither command. */
async function settingOf(
  server: RedisServer,
  info: ReadonlyMap<string, string>,
  { setting, field = '', values }: Wanted,
): Promise<string | undefined> {
  const configured = await permitted(() => server.ask('CONFIG', 'GET', setting));
  const value = configured === undefined ? undefined : pairsOf(configured).get(setting);
  if (value !== undefined) return value;
  const told = info.get(field);
  return told === undefined ? undefined : (values?.[told] ?? told);
}

async function infoOf(server: RedisServer): Promise<ReadonlyMap<string, string>> {
  const text = textOf((await permitted(() => server.ask('INFO'))) ?? '');
  return new Map(
    Array.from(text.matchAll(/^(\w+):(.*?)\r?$/gm), ([, name = '', value = '']) => [name, value]),
  );
}

/** Undefined where the server forbids the command, or has another name for it. */
async function permitted(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (error) {
    if (isReply(error) && /^(NOPERM|ERR) /.test(error.message)) return undefined;
    throw error;
  }
}
