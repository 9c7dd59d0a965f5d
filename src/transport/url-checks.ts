/** The checks of URLs that transports share. Imports no `node:*` module: browsers need it too. */
import type { Side } from '../ports/transport.ts';

/** Returns the expected form when `url` is not `scheme://host:port`, else `undefined`. */
export function checkHostAndPort(url: URL, side: Side): string | undefined {
  if (url.hostname === '') return `a host, as in ${url.protocol}//host:port`;
  if (url.port === '' || (url.port === '0' && side === 'dial')) {
    return `a port from ${side === 'dial' ? 1 : 0} to 65535, as in ${url.protocol}//host:port`;
  }
  if (url.pathname.length > 1) return `no path, as in ${url.protocol}//host:port`;
  return checkUndecorated(url);
}

/** Returns the expected form when a `ws` or `wss` URL is not acceptable, else `undefined`. Default port: 80 or 443. */
export function checkWebSocketUrl(url: URL, side: Side): string | undefined {
  return side === 'accept' ? checkUndecorated(url) : checkDialledWebSocketUrl(url);
}

/** `checkWebSocketUrl` for a transport that dials only. */
export function checkDialledWebSocketUrl(url: URL): string | undefined {
  if (url.port === '0') return 'a port from 1 to 65535';
  return url.hash === '' ? undefined : 'no fragment (RFC 6455 section 3)';
}

/** Returns the expected form when a URL carries more than an address, else `undefined`. */
export function checkUndecorated(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'no credentials';
  return url.search === '' && url.hash === '' ? undefined : 'no query and no fragment';
}

/** The host as the platform's resolver takes it: an IPv6 address without its brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}
