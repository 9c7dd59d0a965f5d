/**
 * The dial of a WebSocket through an HTTP proxy: a socket to the proxy, a tunnel by CONNECT (RFC 9110 section 9.3.6), and
 * for `wss:` TLS within it. The name of the target is looked up by the proxy alone.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, isIP, type Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ClientOptions } from 'ws';
import { defined } from '../base/defined.ts';
import { type Failure, isError } from '../policy/exits.ts';
import type { DialProgress, Target } from '../ports/transport.ts';
import type { Clock } from '../time/clock.ts';
import { failureOfThrow, openingFailure } from './dial-failure.ts';
import type { DialOptions } from './dial-options.ts';
import { Dialling } from './dialling.ts';
import type { Lookup } from './lookups.ts';
import { DialError, failureOfProxy } from './proxy-failure.ts';
import type { HttpProxy } from './proxy-options.ts';
import type { TlsDialler } from './tls-dialler.ts';
import type { Connected, Opening, OwnDial } from './websocket-name-dial.ts';

/** The step under way: the dial of the proxy, the request for a tunnel, or TLS within it. */
type Stage = Opening;

export class ProxyDial implements OwnDial, Opening {
  readonly #target: Target;
  readonly #proxy: HttpProxy;
  readonly #options: DialOptions;
  readonly #clock: Clock;
  readonly #dialler: TlsDialler;
  /** Undefined before the dial, and once it has ended. */
  #stage: Stage | undefined;
  #connected: Connected | undefined;

  constructor(target: Target, proxy: HttpProxy, options: DialOptions, clock: Clock, dialler: TlsDialler) {
    this.#dialler = dialler;
    this.#target = target;
    this.#proxy = proxy;
    this.#options = options;
    this.#clock = clock;
  }

  get opening(): Opening | undefined {
    return this.#stage && this;
  }

  get progress(): DialProgress {
    const { detail = '', ...rest } = this.#stage?.progress ?? {};
    return { ...rest, detail: `proxy ${this.#proxy.name}: ${detail}` };
  }

  destroy(): void {
    const stage = this.#stage;
    this.#stage = undefined;
    stage?.destroy();
  }

  get createConnection(): NonNullable<ClientOptions['createConnection']> {
    return ((_: ClientOptions, connected: Connected) => {
      this.#connected = connected;
      this.#dial();
    }) as never;
  }

  #dial(): void {
    const { host, port, tls } = this.#proxy;
    const { family, localAddress, lookup } = this.#options;
    const own = defined({ localAddress });
    const servername = tls?.servername ?? (isIP(host) === 0 ? host : '');
    this.#stage = new Dialling(
      {
        options: defined({ family, localAddress, lookup: isIP(host) === 0 ? lookup : asAddress }),
        host,
        clock: this.#clock,
        dialler: this.#target.dialler,
        event: tls ? 'secureConnect' : 'connect',
        connect: (address) =>
          (tls
            ? connectTls({ ...own, ...tls, servername, host: address, port })
            : connect({ ...own, host: address, port })
          ).once('connect', this.#dialler.tune),
      },
      {
        won: (socket) => this.#guard(socket, () => this.#ask(socket)),
        failed: (failure) => this.#fail(failure),
        closed() {},
      },
    );
  }

  /** Requests the tunnel. Node's parser limits the answer's head to 16 KiB, and rejects what is no HTTP. */
  #ask(socket: NetSocket): void {
    const place = this.#place;
    const request = httpRequest({
      method: 'CONNECT',
      path: place,
      headers: { host: place, ...this.#proxy.headers },
      createConnection: () => socket,
    });
    const stage: Stage = {
      progress: { detail: `no answer to CONNECT ${place}` },
      destroy: () => void request.destroy(),
    };
    this.#stage = stage;
    request.on('connect', (response, tunnel, head) => {
      if (this.#stage !== stage) return void tunnel.destroy();
      if (head.length > 0) tunnel.unshift(head);
      this.#guard(tunnel, () => this.#answered(response, tunnel as NetSocket));
    });
    // An error after `destroy` is that of the request itself.
    request.on('error', (error) => {
      if (this.#stage === stage) this.#fail(failureOfAnswer(error, place));
    });
    request.end();
  }

  #answered(response: IncomingMessage, tunnel: NetSocket): void {
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      tunnel.on('error', ignore).destroy();
      const offered = 'proxy-authorization' in this.#proxy.headers;
      return this.#fail(failureOfProxy(status, response.headers['retry-after'], this.#clock.wall(), offered));
    }
    if (this.#target.url.protocol === 'wss:') this.#secure(tunnel);
    else this.#won(tunnel);
  }

  /** TLS with the target: its certificate must have the target's name. */
  #secure(tunnel: NetSocket): void {
    const socket = this.#dialler.connect({ socket: tunnel }, this.#target.url, this.#clock);
    const detail = (text: string) => `${this.#place}: ${text}`;
    const stage: Stage = {
      progress: { detail: detail('the TLS handshake is not done') },
      destroy: () => void socket.destroy(),
    };
    this.#stage = stage;
    const onError = (error: Error) => {
      if (this.#stage !== stage) return;
      const failure = openingFailure(error);
      this.#fail({ ...failure, detail: detail(failure.detail ?? '') });
    };
    socket.on('error', onError).once('secureConnect', () => {
      // A check of the target's certificate may have refused it: its error follows.
      if (this.#stage !== stage || socket.destroyed) return;
      socket.off('error', onError);
      this.#won(socket);
    });
  }

  /** Options that Node does not take throw where no caller could catch it. */
  #guard(socket: Duplex, next: () => void): void {
    try {
      next();
    } catch (error) {
      socket.on('error', ignore).destroy();
      this.#fail(failureOfThrow(error));
    }
  }

  #won(socket: NetSocket): void {
    this.#stage = undefined;
    this.#connected?.(null, socket);
  }

  #fail(failure: Failure): void {
    this.#stage = undefined;
    const detail = `proxy ${this.#proxy.name}: ${failure.detail}`;
    this.#connected?.(new DialError({ ...failure, detail }));
  }

  /** The target, as CONNECT names it. */
  get #place(): string {
    const { hostname, port, protocol } = this.#target.url;
    return `${hostname}:${port || (protocol === 'wss:' ? 443 : 80)}`;
  }
}

/** An address is its own result. */
const asAddress: Lookup = (host, _options, found) => found(null, [{ address: host, family: isIP(host) }]);

function failureOfAnswer(error: unknown, place: string): Failure {
  const failure = openingFailure(error);
  const reason = String(failure.code).startsWith('HPE_') ? 'protocol-error' : failure.reason;
  const text = isError(error) ? error.message : '';
  return { ...failure, reason, detail: `no valid answer to CONNECT ${place}: ${text}` };
}

function ignore(): void {}
