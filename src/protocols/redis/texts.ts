/** Texts of arguments and values, whether they are strings or bytes. */
import { lenientDecoder } from '../../base/text-coding.ts';
import type { RedisArgument, RedisCommand, RedisValue } from './messages.ts';

/** The text of a string or number; empty for anything else. */
export function textOf(value: RedisArgument | RedisValue<string | Uint8Array> | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? lenientDecoder().decode(value) : '';
}

/** The name of a command in capitals, as Redis takes any case. */
export function nameOf([name]: RedisCommand): string {
  return name.toUpperCase();
}
