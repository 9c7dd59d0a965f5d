/** Texts of arguments and values, whether they are strings or bytes. */
import type { RedisArgument, RedisCommand, RedisValue } from './messages.ts';

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a string or number; empty for anything else. */
export function textOf(value: RedisArgument | RedisValue<string | Uint8Array> | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? utf8.decode(value) : '';
}

/** The name of a command in capitals, as Redis takes any case. */
export function nameOf([name]: RedisCommand): string {
  return name.toUpperCase();
}
