/** Replies of scripts and commands, as what they mean. Bulk strings come as bytes. */
import { lenientDecoder } from '../../base/text-coding.ts';
import type { Granted, Refusal, Waiting } from '../store.ts';

const decoder = lenientDecoder();

export function textOf(reply: unknown): string {
  return reply instanceof Uint8Array ? decoder.decode(reply) : String(reply);
}

/** Names and values in a list, as RESP2 has them, or in an object or map, as clients make of RESP3. */
export function pairsOf(reply: unknown): ReadonlyMap<string, string> {
  const flat = Array.isArray(reply) ? reply : entriesOf(reply).flat();
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.set(textOf(flat[i]), textOf(flat[i + 1]));
  return pairs;
}

function entriesOf(reply: unknown): readonly (readonly [unknown, unknown])[] {
  return reply instanceof Map ? [...reply] : Object.entries(reply ?? {});
}

export function grantOf(reply: unknown): Granted | Waiting | Refusal {
  const [kind, second, ...rest] = reply as readonly unknown[];
  const text = textOf(second);
  switch (textOf(kind)) {
    case 'refused':
      return { kind: 'refused', reason: text as Refusal['reason'] };
    case 'waiting':
      return { kind: 'waiting', session: text, epoch: Number(rest[0]) };
    default:
      return grantedOf(text, rest);
  }
}

function grantedOf(session: string, reply: readonly unknown[]): Granted {
  const [epoch = 0, existed, keepFor = 0, sent = 0, acked = 0, handled = 0, doubtful = 0] = reply
    .slice(0, 7)
    .map(Number);
  const frames = reply.slice(7) as readonly Uint8Array[];
  return {
    kind: 'granted',
    session,
    epoch,
    existed: existed === 1,
    keepFor,
    sent,
    acked,
    frames: frames.map((frame) => Uint8Array.from(frame)),
    handled,
    doubtful,
  };
}
