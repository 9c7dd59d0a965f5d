/**
 * Access control. The page shows internals of a process, so a request needs a token (against other users of the
 * machine), the server's own `Origin` (against web sites in the same browser) and `Host` (against DNS rebinding).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hostname, networkInterfaces } from 'node:os';
import { urlOf } from '../base/url.ts';

/** The form of an origin, for errors. */
export const ORIGIN = 'an origin such as https://shop.example, without a path';

/** Whether a browser may send it as `Origin`, apart from its case. */
export function isOrigin(text: unknown): text is string {
  return typeof text === 'string' && urlOf(text)?.origin === text.toLowerCase();
}

export interface Refusal {
  readonly status: number;
  readonly why: string;
}

/** The sites that have access, and the same in words. */
export interface Sites {
  /** Both in lower case. */
  includes(origin: string, host: string): boolean;
  readonly only: string;
}

const ownSite: Sites = {
  includes: (origin, host) => origin === `http://${host}`,
  only: 'only the page of this server has access',
};

/** Lets in what asks for this server by its name, from no other site. It knows no tokens. */
export class Door {
  readonly #hosts: ReadonlySet<string>;
  readonly #sites: Sites;

  /** `host` as it was configured, and the port that the system assigned. */
  constructor(host: string, port: number, sites: Sites = ownSite) {
    this.#sites = sites;
    const names = namesOf(host).map((name) => (name.includes(':') ? `[${name}]` : name));
    // Browsers leave out the default port.
    const hosts = names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
    this.#hosts = new Set(hosts.map((each) => each.toLowerCase()));
  }

  /** Undefined for a request that is allowed. */
  refuse({ headers }: Pick<IncomingMessage, 'headers'>): Refusal | undefined {
    const host = headers.host?.toLowerCase() ?? '';
    if (!this.#hosts.has(host)) return { status: 421, why: 'Host header: not a name of this server' };
    const { origin } = headers;
    if (origin === undefined || this.#sites.includes(origin.toLowerCase(), host)) return undefined;
    return { status: 403, why: `Origin header: another site; ${this.#sites.only}` };
  }
}

export class AccessControl {
  /** For the query of a URL. */
  readonly token: string;
  readonly #door: Door;
  readonly #digest: Buffer;

  /** `host` as it was configured, and the port that the system assigned. Default token: 128 random bits. */
  constructor(
    host: string,
    port: number,
    token: string = randomBytes(16).toString('base64url'),
    sites?: Sites,
  ) {
    this.token = token;
    this.#door = new Door(host, port, sites);
    this.#digest = digest(this.token);
  }

  /** Undefined for a request that is allowed. Called before any other use of the request. */
  refuse(request: IncomingMessage): Refusal | undefined {
    const refusal = this.#door.refuse(request);
    if (refusal !== undefined) return refusal;
    const { method, url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD')
      return { status: 405, why: 'method: only GET and HEAD are allowed' };
    const token = tokenOf(url);
    if (token === undefined) return { status: 401, why: 'query: the parameter `token` is missing' };
    if (!timingSafeEqual(digest(token), this.#digest))
      return { status: 403, why: 'query: the parameter `token` is wrong' };
    return undefined;
  }
}

/** The form of a token, for errors. */
export const TOKEN = '16 to 128 characters of A-Z, a-z, 0-9 and . _ ~ -';

export function isToken(token: unknown): token is string {
  return typeof token === 'string' && /^[\w.~-]{16,128}$/.test(token);
}

/** The path as it was sent, with dots unresolved. */
export function pathOf(url: string): string {
  return url.split(/[?#]/, 1)[0] ?? '';
}

function tokenOf(url: string): string | undefined {
  const query = url.indexOf('?');
  return query < 0 ? undefined : (new URLSearchParams(url.slice(query)).get('token') ?? undefined);
}

/** A digest, as `timingSafeEqual` requires equal lengths. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Host names under which a browser can reach a server that listens on `host`. */
function namesOf(host: string): string[] {
  const local = ['127.0.0.1', 'localhost', '::1'];
  if (local.includes(host)) return local;
  if (!isWildcard(host)) return [host];
  return [...local, hostname(), ...addresses()];
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function addresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list = []) => list.map(({ address }) => address));
}
