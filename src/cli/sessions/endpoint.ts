/** `--session` of `watch` and `send`, and `--sessions` of `serve`: an endpoint whose protocol is carried in a session. */
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { AnyProtocol } from '../../endpoints/place.ts';
import type { Side } from '../../ports/transport.ts';
import type { AcceptSessionOptions } from '../../sessions/accept-options.ts';
import { session } from '../../sessions/both.ts';
import { type Endpoint, protocolOf } from '../endpoints.ts';

/** Where the option was given, for its problems. */
interface Asked {
  readonly side: Side;
  readonly option: '--session' | '--sessions';
}

/** Adds a problem for a protocol that carries no sessions; the result is meaningless then. */
export function inSession(
  endpoint: Endpoint,
  { side, option }: Asked,
  options: AcceptSessionOptions,
  problems: ConfigProblem[],
): Endpoint {
  const beneath = protocolOf(endpoint, side);
  try {
    return { ...endpoint, protocol: session(beneath, options) as unknown as AnyProtocol };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const expected = 'a URL of ws or wss, or --protocol framed: what carries a session has messages of bytes';
    problems.push({ path: option, value: `with ${beneath.name}`, expected });
    return endpoint;
  }
}
