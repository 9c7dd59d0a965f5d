/** What the cost part of the sessions bench sends, with a session and without, and how the two ends understand each other. */
import { framed, type Protocol, websocket } from 'holdfast';
import { session } from 'holdfast/session';

export const carriers = ['framed', 'websocket'] as const;
export type Carrier = (typeof carriers)[number];
export const kinds = ['plain', 'session'] as const;
export type Kind = (typeof kinds)[number];

/** What is measured of each: messages per second, round trips in microseconds. */
export const keys = ['sent', 'received', 'p50', 'p99'] as const;
export type Key = (typeof keys)[number];

export type Message = string | Uint8Array;
export type Send = (message: Message) => Promise<unknown>;

/** The first byte of a message says what it wants. */
export const wants = { nothing: 0, echo: 1, flood: 2 } as const;

const size = 1024;

export function messageFor(want: number, count = 0): Uint8Array {
  const message = new Uint8Array(size);
  message[0] = want;
  new DataView(message.buffer).setUint32(1, count);
  return message;
}

export function readMessage(message: Message): { want: number; count: number } {
  const bytes = message as Uint8Array;
  return { want: bytes[0] ?? 0, count: new DataView(bytes.buffer, bytes.byteOffset).getUint32(1) };
}

// biome-ignore lint/suspicious/noExplicitAny: with a session or without, bytes go both ways
export type Plain = Protocol<any, any, any>;

export function plainOf(carrier: Carrier): Plain {
  return (carrier === 'framed' ? framed() : websocket()) as Plain;
}

export function sessionOf(carrier: Carrier) {
  return session(carrier === 'framed' ? framed() : websocket());
}

/** As many messages as may be on their way: real senders have another buffer for each message, and not one that is always in a cache. */
const distinct = Array.from({ length: 1024 }, () => messageFor(wants.nothing));

/** Sends that many; waits for each 64th, so that a window or an outbox is never full. */
export async function stream(send: Send, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    const sent = send(distinct[n % distinct.length] as Message);
    if (n % 64 === 0) await sent;
  }
}
