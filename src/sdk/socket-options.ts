/**
 * The options that the classes of `ws` and of Node take beside URL and subprotocols. Libraries that run on Node pass
 * headers in them. Not in browsers.
 */
import {
  checkPresentation,
  type Headers,
  overlaid,
  type Presentation,
  type Provider,
} from '../endpoints/providers.ts';
import { isSequence } from './socket-arguments.ts';
import type { ReadArguments } from './web-socket.ts';

/**
 * Reads `(protocols, options)` of `ws`, and `({ protocols, headers })` of Node. The headers replace those of the class
 * that have the same name. Throws `TypeError` for other options: the class has no place for them. A third argument that is no
 * object is ignored, as all stray arguments are.
 */
export const readOptions: ReadArguments = (presentation, second, third) => {
  const options = isOptions(second) ? second : { ...(isOptions(third) && third), protocols: second };
  const { protocols = [], headers, ...others } = options as Options;
  for (const [name, value] of Object.entries(others)) if (value !== undefined) throw unsupported(name);
  if (headers === undefined || headers === null) return { presentation, protocols };
  const own = headersOf(headers);
  return { presentation: { ...presentation, headers: over(presentation.headers, own) }, protocols };
};

type Options = Readonly<Record<string, unknown>>;

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !isSequence(value);
}

function unsupported(name: string): TypeError {
  return new TypeError(
    `WebSocket: the option ${JSON.stringify(name)} is not supported; expected headers. ` +
      'Options of the socket itself go to createWebSocketClass, as in { transport: webSocketOverWs({ ca }) }.',
  );
}

/** Reads an object, or pairs such as those of `Headers`. */
function headersOf(given: object): Headers {
  const pairs = isSequence(given) ? Object.fromEntries(given as Iterable<[string, unknown]>) : given;
  const headers = Object.fromEntries(
    Object.entries(pairs)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : `${value}`]),
  );
  try {
    checkPresentation({ headers });
    return headers;
  } catch (error) {
    throw new TypeError(`WebSocket: ${(error as Error).message}`, { cause: error });
  }
}

function over(weak: Presentation['headers'], own: Headers): Headers | Provider<Headers> {
  if (typeof weak !== 'function') return overlaid(weak, own);
  return async (context) => overlaid(await weak(context), own);
}
