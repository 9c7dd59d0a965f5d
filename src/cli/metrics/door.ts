/** Serves the text of metrics on loopback, at one path, to programs of this machine and to no web site. */
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Door, pathOf, type Refusal } from '../../inspect/access.ts';
import { respond, securityHeaders } from '../../inspect/http-responses.ts';
import { listening } from '../../inspect/http-server.ts';

const HOST = '127.0.0.1';
const PATH = '/metrics';
/** As Prometheus asks for it. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const MAX_SOCKETS = 32;

export class MetricsServer {
  readonly url: string;
  readonly #server: Server;
  readonly #door: Door;
  readonly #text: () => Promise<string>;
  #reading: Promise<string> | undefined;

  private constructor(server: Server, port: number, text: () => Promise<string>) {
    this.#server = server;
    this.#door = new Door(HOST, port);
    this.#text = text;
    this.url = `http://${HOST}:${port}${PATH}`;
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  /** Rejects when the port is taken. */
  static async listen(port: number, text: () => Promise<string>): Promise<MetricsServer> {
    const bound = await listening(port, HOST, MAX_SOCKETS);
    return new MetricsServer(bound.server, bound.port, text);
  }

  async end(): Promise<void> {
    const ended = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await ended;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A body, which no GET needs, is not read.
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return respond(response, refusal, 'GET');
    try {
      const text = await this.#read();
      response.writeHead(200, { ...securityHeaders(request.headers.host ?? ''), 'Content-Type': TYPE });
      response.end(text);
    } catch {
      respond(response, { status: 500, why: 'the metrics could not be read' });
    }
  }

  #refusal(request: IncomingMessage): Refusal | undefined {
    const refusal = this.#door.refuse(request);
    if (refusal !== undefined) return refusal;
    const { url = '', method } = request;
    if (pathOf(url) !== PATH) return { status: 404, why: `path: only ${PATH} is here` };
    return method === 'GET' ? undefined : { status: 405, why: 'method: only GET is allowed' };
  }

  /** One pass over the connections for all that ask meanwhile. */
  #read(): Promise<string> {
    this.#reading ??= this.#text().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }
}
