/** The inspector's server: a page and a WebSocket behind a token. Read-only, unless actions are on. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Subscription } from 'rxjs';
import { WebSocketServer } from 'ws';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { clockBeside, systemClock } from '../time/clock.ts';
import { AccessControl, isWildcard, pathOf, type Refusal } from './access.ts';
import { Desk } from './actions.ts';
import { chartNames } from './chart-names.ts';
import { modelOf } from './charts.ts';
import { Feed } from './feed.ts';
import { helloOf, machinesOf } from './hello.ts';
import { rejectUpgrade, respond, securityHeaders } from './http-responses.ts';
import { listening } from './http-server.ts';
import { Hub } from './hub.ts';
import { checkOptions, type InspectorOptions } from './options.ts';
import { type Page, type RecordingFile, readPage } from './page-files.ts';
import { MAX_REPORT_BYTES } from './reports/report-socket.ts';
import { Reports } from './reports/reports.ts';
import { type Machine, REPORT_PATH, WIRE_PATH } from './wire.ts';
import { MAX_CLIENT_BYTES } from './wire-requests.ts';
import { viewerOverWs } from './ws-viewer.ts';

/** A running inspector. */
export interface Inspector extends AsyncDisposable {
  /** Includes the token, which is all that access requires. */
  readonly url: string;
  /** Where `reportTo` reports to, its own token included; undefined without the option `reports`. */
  readonly reportUrl: string | undefined;
  /** Pages connected. */
  readonly viewers: number;
  /** Closes all viewers and reporters, and stops listening. Called when the supervisor has stopped. */
  close(): Promise<void>;
}

const ownPage = fileURLToPath(new URL('../../dist/inspect/page/', import.meta.url));

/** Limit of HTTP connections. */
const MAX_SOCKETS = 128;

/**
 * Serves a page that shows every connection of a supervisor, and those of pages and processes that report. Without a
 * supervisor of its own it shows the latter alone. Costs nothing without a viewer, changes no connection unless `actions` are on, and keeps
 * the process running only where it has no supervisor, with and without viewers. Rejects with `ConfigError`, or when the port is taken.
 */
export function createInspector(
  supervisor: Supervisor | undefined,
  options: InspectorOptions = {},
): Promise<Inspector> {
  return start(supervisor, options, undefined);
}

/** Serves the page with a recording, which was checked, in place of a process. Rejects as `createInspector` does. */
export function serveRecording(recording: RecordingFile, options: InspectorOptions): Promise<Inspector> {
  return start(undefined, options, recording);
}

async function start(
  supervisor: Supervisor | undefined,
  options: InspectorOptions,
  recording: RecordingFile | undefined,
): Promise<Inspector> {
  checkOptions(supervisor, options);
  const { port = 0, host = '127.0.0.1', page = ownPage } = options;
  const { server, port: bound } = await listening(port, host, MAX_SOCKETS);
  try {
    return new PageServer(supervisor, server, host, bound, { ...options, page, recording });
  } catch (error) {
    server.close();
    throw error;
  }
}

class PageServer implements Inspector {
  readonly url: string;
  readonly reportUrl: string | undefined;
  readonly #server: Server;
  readonly #access: AccessControl;
  readonly #page: Page;
  readonly #hub: Hub;
  readonly #feed: Feed | undefined;
  readonly #reports: Reports | undefined;
  readonly #sockets: WebSocketServer;
  readonly #reporters: WebSocketServer;
  readonly #maxViewers: number;
  #following: Subscription | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    supervisor: Supervisor | undefined,
    server: Server,
    host: string,
    port: number,
    {
      maxViewers = 16,
      messages = false,
      actions = false,
      reports = false,
      labels,
      page,
      token,
      recording,
    }: InspectorOptions & { readonly page: string; readonly recording: RecordingFile | undefined },
  ) {
    const clock = supervisor === undefined ? systemClock : clockBeside(supervisor.clock);
    this.#server = server;
    this.#access = new AccessControl(host, port, token);
    this.#page = readPage(page, this.#access.token, recording);
    this.#maxViewers = maxViewers;
    this.url = `http://${authority(host, port)}/?token=${this.#access.token}`;
    const machines = machinesWith(this.#page.layouts);
    const desk = actions && supervisor !== undefined ? new Desk(supervisor) : undefined;
    this.#hub = new Hub(clock, {
      mayShowMessages: messages,
      ...(desk && { desk }),
      hello: (now) => ({
        ...helloOf(now, messages, machines),
        pid: process.pid,
        ...(desk && { mayAct: true }),
      }),
    });
    this.#feed = supervisor && new Feed(supervisor, labels);
    if (this.#feed !== undefined) this.#hub.addSource(this.#feed);
    if (reports !== false) {
      const options = reports === true ? {} : reports;
      this.#reports = new Reports(options, { hub: this.#hub, clock, host, port });
      this.reportUrl = `ws://${authority(host, port)}${REPORT_PATH}?token=${this.#reports.token}`;
    }
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_CLIENT_BYTES });
    this.#reporters = new WebSocketServer({ noServer: true, maxPayload: MAX_REPORT_BYTES });
    this.#listen();
    if (supervisor === undefined) return;
    server.on('connection', (socket) => socket.unref());
    server.unref();
    this.#following = supervisor.events$.subscribe({ complete: () => void this.close() });
  }

  #listen(): void {
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#answer(request, response),
    );
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
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
    // The supervisor may go on for long.
    this.#following?.unsubscribe();
    this.#hub.close();
    this.#feed?.end();
    this.#reports?.close();
    // The close frames were sent before; what does not read them is not waited for.
    for (const socket of [...this.#sockets.clients, ...this.#reporters.clients]) socket.terminate();
    this.#server.closeAllConnections();
    await ended;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method, headers } = request;
    const refusal = this.#access.refuse(request);
    if (refusal !== undefined) return respond(response, refusal);
    const file = this.#page.files.get(pathOf(url));
    if (file === undefined) return respond(response, { status: 404, why: 'path: no such file' });
    response.writeHead(200, {
      ...securityHeaders(headers.host ?? ''),
      'Content-Type': file.type,
      // The page shows how much of a recording has come.
      'Content-Length': Buffer.byteLength(file.body),
    });
    response.end(method === 'HEAD' ? undefined : file.body);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (pathOf(request.url ?? '') === REPORT_PATH && this.#reports !== undefined)
      return this.#acceptReporter(this.#reports, request, socket, head);
    const refusal = this.#access.refuse(request) ?? this.#noRoom(request);
    if (refusal !== undefined) return rejectUpgrade(socket, refusal);
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#hub.add(viewerOverWs(ws)));
  }

  #acceptReporter(reports: Reports, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = reports.refuse(request);
    if (refusal !== undefined) return rejectUpgrade(socket, refusal);
    this.#reporters.handleUpgrade(request, socket, head, (ws) => reports.accept(ws));
  }

  #noRoom({ url = '' }: IncomingMessage): Refusal | undefined {
    if (pathOf(url) !== WIRE_PATH) return { status: 404, why: `path: no such socket; expected ${WIRE_PATH}` };
    if (this.#hub.size < this.#maxViewers) return undefined;
    return { status: 503, why: `${this.#maxViewers} pages are connected, the limit of maxViewers` };
  }
}

function machinesWith(layouts: Page['layouts']): readonly Machine[] {
  return machinesOf(chartNames, modelOf).map((machine) => {
    const layout = layouts[machine.id];
    return { ...machine, ...(layout && { layout }) };
  });
}

function authority(host: string, port: number): string {
  const name = isWildcard(host) ? '127.0.0.1' : host;
  return `${name.includes(':') ? `[${name}]` : name}:${port}`;
}
