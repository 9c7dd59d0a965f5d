/** The store of `holdfast serve --sessions`: in memory, or a server of Redis. Its client is loaded when it is asked for. */
import type { Redis } from 'ioredis';
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { urlOf } from '../../base/url.ts';
import type { SessionStore } from '../../sessions/store.ts';
import { secretOf } from '../dial/secret.ts';
import type { Io } from '../io.ts';

export interface OpenStore {
  /** Absent: sessions are in the memory of this process. */
  readonly store?: SessionStore;
  /** Call when the supervisor has stopped. */
  end(): void;
}

export const noStore: OpenStore = { end: () => {} };

const OPTION = '--sessions';
/** Milliseconds. */
const PATIENCE = 5000;
const EXPECTED = 'memory, or the URL of a server of Redis, such as redis://127.0.0.1:6379';

/** Opens what the option names: `memory`, a URL, or where a URL is, as `env:NAME`. Adds a problem instead of failing. */
export async function openStore(
  asked: string,
  { env }: Pick<Io, 'env'>,
  problems: ConfigProblem[],
): Promise<OpenStore> {
  if (asked === 'memory') return noStore;
  const before = problems.length;
  const url = secretOf(asked, OPTION, { env, folder: process.cwd() }, problems).read();
  if (problems.length > before) return noStore;
  const shown = url === asked ? redactUrl(url) : asked;
  if (!/^rediss?:$/.test(urlOf(url)?.protocol ?? '') || urlOf(url)?.hostname === '') {
    problems.push({ path: OPTION, value: shown, expected: EXPECTED });
    return noStore;
  }
  const { Redis: Client } = await import('./client.ts');
  const client = new Client(url, { lazyConnect: true, connectTimeout: PATIENCE, maxRetriesPerRequest: 1 });
  const trouble = await troubleOf(client);
  if (trouble !== undefined) {
    problems.push({ path: OPTION, value: shown, expected: `a server of Redis that answers (${trouble})` });
    return noStore;
  }
  const { redisSessions } = await import('../../sessions/redis/redis-sessions.ts');
  return { store: redisSessions(client), end: () => client.disconnect() };
}

/** Connects; returns what is wrong, without anything of the URL. */
async function troubleOf(client: Redis): Promise<string | undefined> {
  let last: (Error & { readonly code?: string }) | undefined;
  client.on('error', (error) => {
    last = error;
  });
  try {
    await client.connect();
    await client.ping();
    return undefined;
  } catch (error) {
    client.disconnect();
    const { code, message } = last ?? (error as NonNullable<typeof last>);
    return code ?? /^[A-Z]+(?= )/.exec(message)?.[0] ?? message;
  }
}

/** A store that may forget what it has confirmed, which `listen` refuses, as a problem of the option. */
export function unfitStore(error: unknown, asked: string): ConfigError | undefined {
  if (!(error instanceof ConfigError)) return undefined;
  const [first] = asked.split('?');
  return new ConfigError(
    error.problems.map(({ path, value, expected }) => ({
      path: `${OPTION} ${/^env:|^file:/.test(asked) ? asked : redactUrl(first ?? '')}: ${path}`,
      value,
      expected: expected
        .replace(/, or `unsafe: true`/, '')
        .replace(/, or say `unsafe: true` if it holds/, ''),
    })),
  );
}
