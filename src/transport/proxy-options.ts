/** The options of HTTP proxies, read once for each transport, or for each dial where the environment names the proxy. */

import { type Agent, validateHeaderName, validateHeaderValue } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { badConfig } from '../base/errors.ts';
import { checked, type Kinds } from '../base/options.ts';
import { redactUrl } from '../base/redact.ts';
import { urlOf } from '../base/url.ts';
import { proxyFor } from './proxy-environment.ts';
import { checkCertificates } from './tls-material.ts';
import { sharedContext } from './tls-options.ts';
import { hostOf } from './url-checks.ts';

/** A proxy, and what it is told. The TLS options are for a proxy of `https:` alone. */
export interface ProxyOptions {
  /**
   * `http://[user:password@]host[:port]`, `https://…`, or `'environment'`: the variables `https_proxy` (for `wss:`), `http_proxy`
   * (for `ws:`), `all_proxy` and `no_proxy` decide at each dial. Without a port it is 80 or 443. User and password are sent by basic
   * authorization, to the proxy alone.
   */
  readonly url: string | URL;
  /** HTTP headers of the request for a tunnel, such as `proxy-authorization` for another scheme than basic. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Certificates as PEM that are trusted in place of the system's roots. */
  readonly ca?: ConnectionOptions['ca'];
  /** The certificate chain of this side, as PEM, with `key`. */
  readonly cert?: ConnectionOptions['cert'];
  /** The private key of `cert`, as PEM. */
  readonly key?: ConnectionOptions['key'];
  /** The name that the proxy's certificate must have. Default: the host of `url`. */
  readonly servername?: string;
  /** `false` accepts any certificate, and thereby any proxy. Default true. */
  readonly rejectUnauthorized?: boolean;
}

const kinds: Kinds<ProxyOptions> = {
  url: 0,
  headers: 'an object',
  ca: 0,
  cert: 0,
  key: 0,
  servername: 'a string',
  rejectUnauthorized: 'a boolean',
};

/** A proxy to dial. */
export interface HttpProxy {
  /** The proxy's URL without credentials. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The options of its TLS; `undefined` for a proxy of `http:`. */
  readonly tls: ConnectionOptions | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the proxy for a target; `undefined`: none. Throws `ConfigError` for a variable that names no proxy. */
export type ProxyChoice = (target: URL) => HttpProxy | undefined;

/** Throws `ConfigError` for a proxy that is none, which its text shows without credentials. */
export function proxyChoice(given: string | URL | ProxyOptions): ProxyChoice {
  const isPlace = typeof given === 'string' || given instanceof URL;
  const { url, headers: named, ...tls } = isPlace ? { url: given } : checked('proxy', given, kinds, 'proxy.');
  const headers = headersOf(named);
  const at = isPlace ? 'proxy' : 'proxy.url';
  checkCertificates(tls, 'proxy.');
  const context = sharedContext(tls);
  const secure = () => ({ ...tls, secureContext: context(), ALPNProtocols: ['http/1.1'] });
  if (url === 'environment')
    return (target) => {
      const named = proxyFor(target);
      return named && proxyOf(named.variable, named.url, headers, secure);
    };
  const proxy = proxyOf(at, String(url), headers, secure);
  return () => proxy;
}

/** The headers by their names in lower case. Throws `ConfigError`, without the value. */
function headersOf(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      try {
        validateHeaderName(name);
        validateHeaderValue(name, value);
      } catch {
        throw badConfig(`proxy.headers.${name}`, '***', 'an HTTP header');
      }
      return [name.toLowerCase(), value];
    }),
  );
}

/** Returns the agent. Throws `ConfigError` for what is none. */
export function checkedAgent(agent: Agent | undefined, proxy: unknown): Agent | undefined {
  if (agent === undefined) return undefined;
  if (typeof Object(agent).addRequest !== 'function')
    throw badConfig('agent', agent, 'an agent of node:http or node:https, or one that extends it');
  if (proxy !== undefined)
    throw badConfig('proxy', shown(proxy), 'no proxy beside an agent, which dials itself');
  return agent;
}

function shown(proxy: unknown): unknown {
  return typeof proxy === 'string' || proxy instanceof URL ? redactUrl(String(proxy)) : proxy;
}

const form = 'http://[user:password@]host[:port], https://…, or environment';

function proxyOf(
  at: string,
  text: string,
  headers: Readonly<Record<string, string>>,
  secure: () => ConnectionOptions,
): HttpProxy {
  const url = urlOf(text);
  const authorization = url && credentialsOf(url);
  if (url === undefined || authorization === undefined || !isProxy(url))
    throw badConfig(at, redactUrl(text), /^socks/i.test(text) ? `${form}; for SOCKS an agent` : form);
  const isSecure = url.protocol === 'https:';
  return {
    name: url.origin,
    host: hostOf(url),
    port: Number(url.port) || (isSecure ? 443 : 80),
    tls: isSecure ? secure() : undefined,
    headers: { ...(authorization && { 'proxy-authorization': authorization }), ...headers },
  };
}

function isProxy({ protocol, pathname, search, hash }: URL): boolean {
  return /^https?:$/.test(protocol) && pathname === '/' && search === '' && hash === '';
}

/** The basic authorization (RFC 7617); empty without a user, `undefined` for a text that is not percent-encoded. */
function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return '';
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    return undefined;
  }
}
