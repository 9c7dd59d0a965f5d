/** What URLs the transports share a demand on. No `node:*`: browsers need it too. */
import type { Side } from '../ports/transport.ts';

/** Returns what was expected of a `scheme://host:port` URL, or nothing when it is one. */
export function checkHostAndPort(url: URL, side: Side): string | undefined {
  if (url.hostname === '') return `a host, as in ${url.protocol}//host:port`;
  if (url.port === '' || (url.port === '0' && side === 'dial')) {
    return `a port from ${side === 'dial' ? 1 : 0} to 65535, as in ${url.protocol}//host:port`;
  }
  if (url.pathname.length > 1) return `no path, as in ${url.protocol}//host:port`;
  return checkUndecorated(url);
}

/** Returns what was expected of a `ws` or `wss` URL. The port may be left out: it is then 80 or 443. */
export function checkWebSocketUrl(url: URL, side: Side): string | undefined {
  return side === 'accept' ? checkUndecorated(url) : checkDialledWebSocketUrl(url);
}

/** The same, of a transport that dials only. */
export function checkDialledWebSocketUrl(url: URL): string | undefined {
  if (url.port === '0') return 'a port from 1 to 65535';
  return url.hash === '' ? undefined : 'no fragment (RFC 6455 section 3)';
}

/** For URLs that carry an address and nothing else. */
export function checkUndecorated(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'no credentials';
  return url.search === '' && url.hash === '' ? undefined : 'no query and no fragment';
}

/** The host as the platform's resolver takes it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
