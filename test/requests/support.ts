/** A client with requests over lines of JSON, and a service that answers them, in virtual time. */

import type { Connection } from '../../src/actors/supervisor/handle.ts';
import type { ConnectSpec } from '../../src/actors/supervisor/options.ts';
import { line } from '../../src/protocols/line.ts';
import { withMessages } from '../../src/protocols/over.ts';
import { type Requests, type RequestsOptions, requests } from '../../src/requests.ts';
import type { MemoryPeer } from '../../src/testing/network/memory-peer.ts';
import { type World, world } from '../support/world.ts';

export type In =
  | { readonly type: 'news'; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly result: string }
  | { readonly type: 'answer'; readonly id: number; readonly error: string };
export interface Out {
  readonly id: number;
  readonly method: string;
}

export class ServiceError extends Error {}

export const desk = withMessages(line({ maxMessageBytes: 2 ** 20 }), {
  name: 'desk',
  encode: (message: Out) => JSON.stringify(message),
  decode: (text): In => JSON.parse(text),
});

type Options = RequestsOptions<In, Out, string, string>;

export const options: Options = {
  messageOf: (id, method) => ({ id, method }),
  answerOf: (message) => {
    if (message.type !== 'answer') return undefined;
    const { id } = message;
    return 'error' in message
      ? { id, error: new ServiceError(message.error) }
      : { id, result: message.result };
  },
};

export interface Desk {
  readonly here: World;
  readonly connection: Connection<In, Out>;
  readonly rpc: Requests<Out, string, string>;
  /** Requests that the service has received, as `socket:id:method`. */
  readonly asked: string[];
  readonly peers: MemoryPeer[];
  /** The news that the application heard. */
  readonly news: string[];
}

/** The service answers at once; `never` not at all, `slow` after a second, `bad` with an error, `twice` twice. */
export function opened(spec: Partial<ConnectSpec<In, Out>> = {}, own: Partial<Options> = {}, seed = 1): Desk {
  const here = world({ seed, reconnect: { backoff: { base: 100, cap: 100 } } });
  const asked: string[] = [];
  const peers: MemoryPeer[] = [];
  here.network.serve('desk', (peer) => {
    const socket = peers.push(peer);
    peer.onEnd = () => peer.end();
    let rest = '';
    peer.onData = (chunk) => {
      const lines = (rest + new TextDecoder().decode(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        if (text === 'PING') peer.write('PONG\n');
        else answer(here, peer, asked, socket, JSON.parse(text));
      }
    };
  });
  const news: string[] = [];
  const connection = here.supervisor.connect<In, Out>({
    id: 'desk',
    url: 'memory://desk',
    protocol: desk,
    onMessage: (message) => {
      if (message.type === 'news') news.push(message.text);
    },
    ...spec,
  });
  return { here, connection, rpc: requests(connection, { ...options, ...own }), asked, peers, news };
}

function answer(here: World, peer: MemoryPeer, asked: string[], socket: number, { id, method }: Out): void {
  asked.push(`${socket}:${id}:${method}`);
  const say = (message: In) => peer.write(`${JSON.stringify(message)}\n`);
  const result = { type: 'answer', id, result: `${method}!` } as const;
  say({ type: 'news', text: method });
  if (method === 'bad') return say({ type: 'answer', id, error: 'no such method' });
  if (method === 'slow') return void here.clock.scheduler.schedule(() => say(result), 1000);
  if (method === 'never') return;
  say(result);
  if (method === 'twice') say(result);
}

/** How a promise settled, for a comparison. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    const { because, outcome, message } = error as { because?: string; outcome?: string; message: string };
    return because === undefined ? message : `${because}, ${outcome}`;
  }
}
