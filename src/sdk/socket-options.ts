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
 * that have the same name. Throws `TypeError` for other options: the class has no place for them.
 */
export const readOptions: ReadArguments = (presentation, second, third) => {
  const { protocols = [], ...options } = isOptions(second)
    ? second
    : { ...asOptions(third), protocols: second };
  const { headers, ...others } = options;
  for (const [name, value] of Object.entries(others)) if (value !== undefined) throw unsupported(name);
  if (headers === undefined || headers === null) return { presentation, protocols };
  const own = headersOf(headers as object);
  return { presentation: { ...presentation, headers: over(presentation.headers, own) }, protocols };
};

type Options = Readonly<Record<string, unknown>>;

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !isSequence(value);
}

function asOptions(value: unknown): Options {
  if (value === undefined || value === null) return {};
  if (isOptions(value)) return value;
  throw new TypeError('WebSocket: the third argument is no object with options.');
}

function unsupported(name: string): TypeError {
  return new TypeError(
    `WebSocket: the option ${JSON.stringify(name)} is not supported; expected headers. ` +
      'Options of the socket itself go to createWebSocketClass, as in { transport: webSocketOverWs({ ca }) }.',
  );
}

/** From an object, or from pairs such as those of `Headers`. */
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
