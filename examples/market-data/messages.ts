/** The messages of the market-data service and its clients: JSON, one object per WebSocket message. */
import { json, websocketText, withMessages } from 'holdfast';

export interface Quote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
}

export type FromServer =
  | { readonly op: 'quote'; readonly quote: Quote }
  | { readonly op: 'unknown'; readonly symbol: string };

export interface ToServer {
  readonly op: 'subscribe' | 'unsubscribe';
  readonly symbol: string;
}

/** A protocol of typed JSON messages, with the heartbeats and limits of `websocketText`. */
export const marketData = withMessages(
  websocketText({ ping: '{"op":"ping"}', pong: '{"op":"pong"}' }),
  json<FromServer, ToServer>({ name: 'market-data' }),
);
