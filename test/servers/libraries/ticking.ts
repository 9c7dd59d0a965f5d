/** A service that ticks, in the protocols of three libraries, and their clients with any `WebSocket` class. */

import { createRequire } from 'node:module';
import { Centrifuge } from 'centrifuge';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { Socket } from 'phoenix';
import type { WebSocket, WebSocketServer } from 'ws';

/** The copy that graphql-ws has: vitest would load another, and GraphQL refuses to work with two. */
const { GraphQLInt, GraphQLObjectType, GraphQLSchema } = createRequire(import.meta.url)(
  'graphql',
) as typeof import('graphql');

const every = 20;

/** The class passed to a library in place of the platform's `WebSocket`. */
export type SocketClass = new (url: string, protocols?: string | string[]) => object;

export interface Library {
  readonly name: string;
  /** Makes a server of `ws` speak it. */
  serve(server: WebSocketServer): void;
  /** Follows the ticks, in the library's own way; returns what ends it. */
  follow(url: string, SocketClass: SocketClass, tick: () => void): () => void;
}

/** Until the other side goes away. */
function ticking(ws: WebSocket, say: () => string): void {
  const timer = setInterval(() => ws.send(say()), every);
  ws.on('close', () => clearInterval(timer));
}

async function* ticks() {
  for (let n = 0; ; n++) {
    await new Promise((resolve) => setTimeout(resolve, every));
    yield { tick: n };
  }
}

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { none: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { tick: { type: GraphQLInt, subscribe: ticks } },
  }),
});

const graphql: Library = {
  name: 'graphql-ws',
  serve: (server) => void useServer({ schema }, server),
  follow(url, webSocketImpl, tick) {
    const client = createClient({
      url,
      webSocketImpl,
      retryAttempts: 1000,
      retryWait: async () => {},
      // Over any WebSocket: a refused dial is an error event, and by default fatal to this library.
      shouldRetry: () => true,
    });
    const sink = { next: tick, error: () => {}, complete: () => {} };
    const unsubscribe = client.subscribe({ query: 'subscription { tick }' }, sink);
    return () => {
      unsubscribe();
      client.dispose();
    };
  },
};

const phoenix: Library = {
  name: 'phoenix',
  serve: (server) =>
    server.on('connection', (ws: WebSocket) =>
      ws.on('message', (data) => {
        const [join, ref, topic, event] = JSON.parse(String(data));
        ws.send(JSON.stringify([join, ref, topic, 'phx_reply', { status: 'ok', response: {} }]));
        if (event === 'phx_join') ticking(ws, () => JSON.stringify([join, null, topic, 'tick', {}]));
      }),
    ),
  follow(url, transport, tick) {
    const again = () => 10;
    const socket = new Socket(`${url}socket`, { transport, reconnectAfterMs: again, rejoinAfterMs: again });
    socket.connect();
    const channel = socket.channel('clock');
    channel.on('tick', tick);
    channel.join();
    return () => socket.disconnect();
  },
};

const centrifuge: Library = {
  name: 'centrifuge',
  serve: (server) =>
    server.on('connection', (ws: WebSocket) =>
      ws.on('message', (data) => {
        for (const line of String(data).split('\n')) answerCentrifuge(ws, JSON.parse(line));
      }),
    ),
  follow(url, websocket, tick) {
    const client = new Centrifuge(url, { websocket, minReconnectDelay: 10, maxReconnectDelay: 20 });
    const subscription = client.newSubscription('clock');
    subscription.on('publication', tick);
    subscription.subscribe();
    client.connect();
    return () => client.disconnect();
  },
};

/** Announces a ping every 25 s, the default, which no test waits for. */
function answerCentrifuge(ws: WebSocket, command: Readonly<Record<string, unknown>>): void {
  const { id } = command;
  const say = (reply: object) => ws.send(JSON.stringify({ id, ...reply }));
  if ('connect' in command) say({ connect: { client: 'c', version: '', ping: 25, pong: true } });
  if (!('subscribe' in command)) return;
  say({ subscribe: {} });
  ticking(ws, () => JSON.stringify({ push: { channel: 'clock', pub: { data: 1 } } }));
}

export const libraries: readonly Library[] = [graphql, phoenix, centrifuge];
