/**
 * The least a server must say for each client to be content with it. No server here ever gives up on a
 * client: every death in the tables is the client's own decision.
 */
import type { Pace } from '../clients/client.ts';

export interface Dialect {
  readonly carrier: 'tcp' | 'websocket';
  /** Said when a socket opens. */
  readonly hello?: string;
  /** Said at each interval, where it is the server that pings. */
  readonly beat?: string;
  /** Any message that is no heartbeat. */
  readonly data: string;
  /** What is received arrives whole: clients here send nothing but handshakes and heartbeats. */
  answer?(received: string): string | undefined;
}

export type DialectName =
  | 'line'
  | 'websocket'
  | 'phoenix'
  | 'engine.io'
  | 'mqtt'
  | 'signalr'
  | 'centrifuge'
  | 'nats';

export const dialects: Readonly<Record<DialectName, (pace: Pace) => Dialect>> = {
  line: () => ({ carrier: 'tcp', data: 'news\n', answer: () => 'PONG\n' }),
  websocket: () => ({ carrier: 'websocket', data: 'news' }),
  phoenix: () => ({
    carrier: 'websocket',
    data: '[null,null,"feed","news",{}]',
    answer: (received) => `[null,${ref(received)},"phoenix","phx_reply",{"status":"ok","response":{}}]`,
  }),
  'engine.io': ({ interval, patience }) => ({
    carrier: 'websocket',
    hello: `0${JSON.stringify({ sid: 's', upgrades: [], pingInterval: interval, pingTimeout: patience, maxPayload: 1e6 })}`,
    beat: '2',
    data: '4news',
  }),
  mqtt: () => ({
    carrier: 'tcp',
    data: '\x30\x04\x00\x01\x66\x78',
    answer: (received) => (received.startsWith('\x10') ? '\x20\x02\x00\x00' : '\xd0\x00'),
  }),
  signalr: () => ({
    carrier: 'websocket',
    beat: '{"type":6}\x1e',
    data: '{"type":1,"target":"feed","arguments":[]}\x1e',
    answer: (received) => (received.includes('"protocol"') ? '{}\x1e' : undefined),
  }),
  centrifuge: ({ interval }) => ({
    carrier: 'websocket',
    beat: '{}',
    data: '{"push":{"channel":"feed","pub":{"data":1}}}',
    answer: (received) =>
      received.includes('"connect"')
        ? JSON.stringify({
            id: idOf(received),
            connect: { client: 'c', version: '', ping: interval / 1000, pong: true },
          })
        : undefined,
  }),
  nats: () => ({
    carrier: 'tcp',
    hello: 'INFO {"server_id":"s","version":"2.10.0","proto":1,"max_payload":1048576,"headers":true}\r\n',
    data: 'MSG feed 1 1\r\nx\r\n',
    answer: (received) => (received.includes('PING') ? 'PONG\r\n' : undefined),
  }),
};

function idOf(received: string): unknown {
  return (JSON.parse(received) as { id: unknown }).id;
}

function ref(received: string): string {
  return JSON.stringify((JSON.parse(received) as unknown[])[1]);
}
