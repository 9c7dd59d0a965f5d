/** The dials of TLS, for `tls` and for WebSockets: one context, one check and the sessions of one transport. */
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { defined } from '../base/defined.ts';
import type { Clock } from '../time/clock.ts';
import { type Tune, tuneBy } from './dial-options.ts';
import type { streamOptions } from './stream.ts';
import { shieldedCheck } from './tls-identity.ts';
import { sharedContext, type TlsOptions } from './tls-options.ts';
import { DialSession, TlsSessions } from './tls-sessions.ts';
import { hostOf } from './url-checks.ts';

/** An address, or the stream below TLS. */
type Where = ({ readonly host: string } | { readonly socket: NonNullable<ConnectionOptions['socket']> }) &
  Readonly<Partial<typeof streamOptions>>;

export class TlsDialler {
  readonly tune: Tune;
  readonly #options: TlsOptions;
  readonly #context: () => SecureContext;
  readonly #check: NonNullable<TlsOptions['checkServerIdentity']> | undefined;
  readonly #sessions: TlsSessions | undefined;

  /** `options` were checked, and stay as they are: a session holds for the options that it was made with. */
  constructor(options: TlsOptions) {
    this.#options = options;
    this.tune = tuneBy(options);
    this.#context = sharedContext(options);
    if (options.checkServerIdentity !== undefined) this.#check = shieldedCheck(options.checkServerIdentity);
    if (options.sessionResumption !== false && options.rejectUnauthorized !== false)
      this.#sessions = new TlsSessions();
  }

  /** Options of `tls.connect` for the host of a URL, beside its address. Throws as `tls.createSecureContext` does. */
  settings(url: URL) {
    const { localAddress, rejectUnauthorized, ALPNProtocols, sessionResumption } = this.#options;
    return {
      // An agent would offer a session of its own, and ask no check about it.
      ...((this.#check || sessionResumption === false) && { session: undefined }),
      ...defined({ localAddress, rejectUnauthorized, ALPNProtocols, checkServerIdentity: this.#check }),
      servername: serverNameOf(url, this.#options),
      secureContext: this.#context(),
    };
  }

  /** Throws as `tls.connect` does. */
  connect(where: Where, url: URL, clock: Clock): TLSSocket {
    const place = { ...this.settings(url), host: hostOf(url), port: Number(url.port || 443), ...where };
    const session =
      this.#sessions && new DialSession(this.#sessions, `${url.hostname}:${place.port}`, clock.wall());
    const socket = session === undefined ? connect(place) : this.#resuming(place, session);
    return socket.once('connect', this.tune);
  }

  #resuming(place: Place, session: DialSession): TLSSocket {
    const { kept } = session;
    const socket = connect({
      ...place,
      ...(kept && { session: kept.session }),
      checkServerIdentity: this.#noting(session),
    });
    const host = place.servername || place.host;
    socket.on('session', (given: Buffer) => session.given(given, socket.authorized));
    // Node takes the identity of a resumed session for granted; a check of the user may answer otherwise by now.
    const recheck = () => kept?.certificate && this.#check?.(host, kept.certificate);
    socket.once('secureConnect', opened);
    if (kept !== undefined) forgetIfFailed(socket, session, 'socket' in place);
    return socket;

    function opened(): void {
      const resumed = kept !== undefined && socket.isSessionReused();
      const error = resumed ? recheck() : undefined;
      session.opened(resumed && error === undefined);
      if (error !== undefined) socket.destroy(error);
    }
  }

  /** A check that Node asks about each certificate which a root has signed, and never at a resumption. */
  #noting(session: DialSession): NonNullable<TlsOptions['checkServerIdentity']> {
    const own = this.#check;
    return (host, certificate) => {
      const error = (own ?? checkServerIdentity)(host, certificate);
      if (error === undefined) session.accepted(certificate, own !== undefined);
      return error;
    };
  }
}

type Place = ReturnType<TlsDialler['settings']> & { readonly host: string; readonly port: number };

/** After a failure of the peer or of TLS, not of the way there: a host that is down makes no session invalid. */
function forgetIfFailed(socket: TLSSocket, session: DialSession, isConnected: boolean): void {
  // HTTP gives a request up at the first of these.
  const forget = () => session.forget();
  const begin = () => socket.once('end', forget).once('error', forget).once('close', forget);
  if (isConnected) begin();
  else socket.once('connect', begin);
  socket.once('secureConnect', () => socket.off('end', forget).off('error', forget).off('close', forget));
}

/**
 * The name for SNI, and for the check of the peer's certificate: without the final dot of a name in full (RFC 6066
 * section 3). An address is no name; Node then checks the certificate against the host.
 */
export function serverNameOf(url: URL, { servername = hostOf(url) }: TlsOptions): string {
  const name = servername.replace(/\.$/, '');
  return isIP(name) === 0 ? name : '';
}
