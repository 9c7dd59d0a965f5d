/** Endpoints of `holdfast serve`: they echo on connections, or with `--sessions` within sessions. */
import type { ConfigError, ConfigProblem } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import { urlOf } from '../../base/url.ts';
import type { AcceptSessionOptions } from '../../sessions/accept-options.ts';
import type { Endpoint } from '../endpoints.ts';
import type { Io } from '../io.ts';
import { echoIn } from './echo.ts';
import { inSession } from './endpoint.ts';
import { noStore, openStore, unfitStore } from './store.ts';

export interface Accepting {
  readonly endpoints: readonly Endpoint[];
  /** Whether sessions get the messages. */
  readonly inSessions: boolean;
  /** Explains the rejection of `listen`, if the store is not fit. */
  unfit(error: unknown): ConfigError | undefined;
  /** Call when the supervisor has stopped. */
  end(): void;
}

/** `asked`: the value of `--sessions`. Adds problems instead of failing. */
export async function acceptingOf(
  endpoints: readonly Endpoint[],
  asked: string | undefined,
  io: Pick<Io, 'env'>,
  problems: ConfigProblem[],
): Promise<Accepting> {
  if (asked === undefined) return { endpoints, inSessions: false, unfit: () => undefined, end: () => {} };
  for (const { url } of endpoints) checkPrivate(url, problems);
  const carry = (options: AcceptSessionOptions) =>
    endpoints.map((each) => inSession(each, { side: 'accept', option: '--sessions' }, options, problems));
  carry({ onSession: echoIn });
  const { store, end } = problems.length > 0 ? noStore : await openStore(asked, io, problems);
  return {
    endpoints: carry({ onSession: echoIn, ...(store !== undefined && { store }) }),
    inSessions: true,
    unfit: (error) => unfitStore(error, asked),
    end,
  };
}

/** Here clients show nothing of themselves: the id of a session is all that it takes to go on with it. */
function checkPrivate(url: string, problems: ConfigProblem[]): void {
  const { protocol = '', hostname = '' } = urlOf(url) ?? {};
  const isPrivate =
    /^(tls|wss|unix):$/.test(protocol) || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (isPrivate) return;
  const expected = 'an address of this machine, or wss or tls: the id of a session is a secret';
  problems.push({ path: '--sessions', value: redactUrl(url), expected });
}
