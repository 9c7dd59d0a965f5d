/** The spec of a connection that is dialled. */
import { badConfig } from '../base/errors.ts';
import { redactUrl } from '../base/redact.ts';
import type { EndpointSpec } from './plan.ts';
import type { Presentation, UrlProvider } from './providers.ts';

/** The part of `connect` that a plan needs. */
export interface DialSpec<In = unknown, Out = In, Info = unknown, Extra = unknown>
  extends Omit<EndpointSpec<In, Out, Info, Extra>, 'url'>,
    Presentation {
  /**
   * An endpoint, or several that serve the same: which one is dialled, `endpoints` of the policy says. A function is
   * asked before each dial. `tcp://host:port`, `tls://host:port`, `unix:/path`, `ws://…`, `wss://…`, as the transports serve.
   */
  readonly url: string | URL | readonly (string | URL)[] | UrlProvider;
  /** Default: the first URL, credentials redacted. Required when `url` is a function. */
  readonly id?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: messages of any protocol
export type AnySpec = DialSpec<any, any>;

/** The id that was asked for, or else the first URL, credentials redacted. Throws `ConfigError`. */
export function idOf({ id, url }: AnySpec): string {
  if (id !== undefined) return id;
  if (typeof url === 'function') {
    throw badConfig('id', id, 'an id, as url is a function');
  }
  return redactUrl(String(Array.isArray(url) ? url[0] : url));
}

type TextSpec = AnySpec & { readonly url: string | readonly string[] | UrlProvider };

/** The spec with text in place of each `URL`. */
export function withTexts(spec: AnySpec): TextSpec {
  const { url } = spec;
  if (typeof url !== 'object') return spec as TextSpec;
  return { ...spec, url: Array.isArray(url) ? url.map(String) : String(url) };
}
