/** The inspector's server: a page and a WebSocket behind a token. Read-only. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { AccessControl, isToken, isWildcard, pathOf, type Refusal, TOKEN } from './access.ts';
import { chartNames, modelOf } from './charts.ts';
import { rejectUpgrade, respond, securityHeaders } from './http-responses.ts';
import { Hub } from './hub.ts';
import { packageName } from './package-name.ts';
import { type Page, readPage } from './page-files.ts';
import { type Hello, MAX_CLIENT_BYTES, WIRE_PATH, WIRE_VERSION } from './wire.ts';

/** Options of `createInspector`. */
export interface InspectorOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Where to listen. Default `127.0.0.1`; anything but loopback is open to the network, in plain text. */
  readonly host?: string;
  /**
   * The token that access requires, 16 to 128 of `A-Za-z0-9._~-`: with the same one, and the same port, open pages come back
   * after a restart. Default: a new one, of 128 random bits.
   */
  readonly token?: string;
  /** Pages connected at once; more get status 503. Default 16. */
  readonly maxViewers?: number;
  /** Whether a page may ask to see inbound messages of the connections it watches. Default false. */
  readonly messages?: boolean;
  /** A folder with another page: an `index.html` and files beside it. Default: the page of this package. */
  readonly page?: string;
}

/** A running inspector. */
export interface Inspector extends AsyncDisposable {
  /** Includes the token, which is all that access requires. */
  readonly url: string;
  /** Pages connected. */
  readonly viewers: number;
  /** Closes all viewers, and stops listening. Called when the supervisor has stopped. */
  close(): Promise<void>;
}

const ownPage = fileURLToPath(new URL('../../dist/inspect/page/', import.meta.url));

/** Limit of HTTP connections, as each costs a descriptor. */
const MAX_SOCKETS = 128;
/** Milliseconds within which the head of a request has to arrive. */
const HEAD_MS = 5000;
/** Milliseconds between checks of that limit; Node's default is 30,000. */
const CHECK_MS = 1000;

/**
 * Serves a page that shows every connection of a supervisor. Costs nothing without a viewer, changes no
 * connection, and does not keep the process running. Rejects with `ConfigError`, or when the port is taken.
 */
export async function createInspector(
  supervisor: Supervisor,
  options: InspectorOptions = {},
): Promise<Inspector> {
  const { port = 0, host = '127.0.0.1', page = ownPage } = options;
  check(options);
  const server = createServer({
    maxHeaderSize: 8192,
    headersTimeout: HEAD_MS,
    requestTimeout: HEAD_MS,
    connectionsCheckingInterval: CHECK_MS,
  });
  server.maxConnections = MAX_SOCKETS;
  server.listen(port, host);
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;
  try {
    return new PageServer(supervisor, server, host, bound, { ...options, page });
  } catch (error) {
    server.close();
    throw error;
  }
}

class PageServer implements Inspector {
  readonly url: string;
  readonly #server: Server;
  readonly #access: AccessControl;
  readonly #page: Page;
  readonly #hub: Hub;
  readonly #sockets: WebSocketServer;
  readonly #maxViewers: number;
  #closed: Promise<void> | undefined;

  constructor(
    supervisor: Supervisor,
    server: Server,
    host: string,
    port: number,
    { maxViewers = 16, messages = false, page, token }: InspectorOptions & { readonly page: string },
  ) {
    this.#server = server;
    this.#access = new AccessControl(host, port, token);
    this.#page = readPage(page, this.#access.token);
    this.#maxViewers = maxViewers;
    this.url = `http://${authority(host, port)}/?token=${this.#access.token}`;
    this.#hub = new Hub(supervisor, {
      mayShowMessages: messages,
      hello: (now) => helloOf(now, messages, this.#page),
    });
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_CLIENT_BYTES,
      clientTracking: true,
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#answer(request, response),
    );
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
    server.on('connection', (socket) => socket.unref());
    server.unref();
    // A failed accept, such as for want of descriptors, must not end the process.
    server.on('error', () => {});
    supervisor.events$.subscribe({ complete: () => void this.close() });
  }

  get viewers(): number {
    return this.#hub.size;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const ended = once(this.#server, 'close');
    this.#server.close();
    this.#hub.close();
    // The close frame was sent before; a viewer that does not read it is not waited for.
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await ended;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    const refusal = this.#access.refuse(request);
    if (refusal !== undefined) return respond(response, refusal);
    const file = this.#page.files.get(pathOf(url));
    if (file === undefined) return respond(response, { status: 404, why: 'path: no such file' });
    response.writeHead(200, { ...securityHeaders(headers.host ?? ''), 'Content-Type': file.type });
    response.end(method === 'HEAD' ? undefined : file.body);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.#access.refuse(request) ?? this.#noRoom(request);
    if (refusal !== undefined) return rejectUpgrade(socket, refusal);
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#hub.add(ws));
  }

  #noRoom({ url = '' }: IncomingMessage): Refusal | undefined {
    if (pathOf(url) !== WIRE_PATH) return { status: 404, why: `path: no such socket; expected ${WIRE_PATH}` };
    if (this.#hub.size < this.#maxViewers) return undefined;
    return { status: 503, why: `${this.#maxViewers} pages are connected, the limit of maxViewers` };
  }
}

function helloOf(now: number, mayShowMessages: boolean, { layouts }: Page): Hello {
  const machines = chartNames.map((id) => {
    const layout = layouts[id];
    return { id, model: modelOf(id), ...(layout && { layout }) };
  });
  return {
    type: 'hello',
    version: WIRE_VERSION,
    now,
    server: packageName(),
    pid: process.pid,
    mayShowMessages,
    machines,
  };
}

function authority(host: string, port: number): string {
  const name = isWildcard(host) ? '127.0.0.1' : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function check({ port = 0, host = '', maxViewers = 1, token }: InspectorOptions): void {
  const problems: ConfigProblem[] = [];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    problems.push({ path: 'port', value: port, expected: 'a port from 0 to 65535' });
  }
  if (typeof host !== 'string')
    problems.push({ path: 'host', value: host, expected: 'a name or an address' });
  if (!Number.isInteger(maxViewers) || maxViewers < 1) {
    problems.push({ path: 'maxViewers', value: maxViewers, expected: 'a whole number, at least 1' });
  }
  if (token !== undefined && !isToken(token)) problems.push({ path: 'token', value: '***', expected: TOKEN });
  if (problems.length > 0) throw new ConfigError(problems);
}
