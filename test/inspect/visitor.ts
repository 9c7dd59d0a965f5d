/** A viewer for tests: a plain WebSocket, and the messages that came over it. */
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { Supervisor } from '../../src/actors/supervisor/supervisor.ts';
import type { InspectorOptions } from '../../src/inspect/options.ts';
import { createInspector, type Inspector } from '../../src/inspect/server.ts';
import type { ServerMessage } from '../../src/inspect/wire.ts';
import type { ClientMessage } from '../../src/inspect/wire-requests.ts';
import { Watch } from '../support/watch.ts';
import { later } from '../transport/peers.ts';

export type Message<Type> = Extract<ServerMessage, { type: Type }>;

/** An inspector with a page of three files. Closed at the end of the test. */
export async function inspected(
  supervisor: Supervisor | undefined,
  options: InspectorOptions = {},
): Promise<Inspector> {
  const inspector = await createInspector(supervisor, { page: pageFolder(), ...options });
  later(() => inspector.close());
  return inspector;
}

export function pageFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  writeFileSync(join(folder, 'index.html'), '<link href="app.css"><script src="./app.js"></script>');
  writeFileSync(join(folder, 'app.js'), 'void 0;');
  writeFileSync(join(folder, 'notes.txt'), 'not for anybody');
  return folder;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request with any path and headers: `fetch` would tidy both. */
export async function ask(
  inspector: Inspector,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(inspector.url);
  const asked = request({ hostname, port, path, method, headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

export function tokenOf(inspector: Inspector): string {
  return new URL(inspector.url).searchParams.get('token') ?? '';
}

export function wireUrl(inspector: Inspector, token = tokenOf(inspector)): string {
  const { host } = new URL(inspector.url);
  return `ws://${host}/wire?token=${token}`;
}

/** The status of an upgrade that is refused; 101 if it was not. */
export async function upgradeStatus(url: string, options: object = {}): Promise<number> {
  const socket = new WebSocket(url, options);
  later(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101));
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => {});
  });
}

export class Visitor extends Watch {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[] = [];
  /** The code with which the server closed. */
  closed: number | undefined;

  constructor(inspector: Inspector) {
    super();
    this.socket = new WebSocket(wireUrl(inspector));
    later(() => this.socket.terminate());
    this.socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)) as ServerMessage);
      this.happened();
    });
    this.socket.on('close', (code) => {
      this.closed = code;
      this.happened();
    });
    this.socket.on('error', () => {});
  }

  /** Resolves when it has seen the list. */
  static async to(inspector: Inspector): Promise<Visitor> {
    const visitor = new Visitor(inspector);
    await visitor.saw('full');
    return visitor;
  }

  say(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  all<Type extends ServerMessage['type']>(type: Type): Message<Type>[] {
    return this.messages.filter((message): message is Message<Type> => message.type === type);
  }

  /** The first one of a kind, now or as soon as it comes. */
  async saw<Type extends ServerMessage['type']>(
    type: Type,
    matches: (message: Message<Type>) => boolean = () => true,
  ): Promise<Message<Type>> {
    let found: Message<Type> | undefined;
    await this.until(() => {
      found = this.all(type).find(matches);
      return found !== undefined;
    });
    return found as Message<Type>;
  }

  /** The list as a page has it now: the newest full one, and every change since. Of a reporter, or of the process. */
  rows(reporter?: string): Map<string, Record<string, unknown>> {
    const rows = new Map<string, Record<string, unknown>>();
    for (const message of this.messages) {
      if ('reporter' in message ? message.reporter !== reporter : reporter !== undefined) continue;
      if (message.type === 'full') rows.clear();
      if (message.type === 'full') for (const row of message.rows) rows.set(row.id, { ...row });
      if (message.type !== 'delta') continue;
      for (const row of message.added ?? []) rows.set(row.id, { ...row });
      for (const change of message.changed ?? []) rows.set(change.id, merged(rows.get(change.id), change));
      for (const id of message.removed ?? []) rows.delete(id);
    }
    return rows;
  }
}

function merged(row: Record<string, unknown> = {}, { rtts, ...change }: Record<string, unknown>) {
  const next: Record<string, unknown> = { ...row, ...change };
  if (Array.isArray(rtts)) next.rtts = [...((row.rtts as unknown[] | undefined) ?? []), ...rtts].slice(-32);
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== null));
}
