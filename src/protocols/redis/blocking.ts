/** For how long the server may take over a command, as its arguments say: until then nothing else is answered. */
import type { RedisArgument, RedisCommand } from './messages.ts';
import { nameOf, textOf } from './texts.ts';

type Arguments = readonly RedisArgument[];

const milliseconds = (arg: RedisArgument | undefined) => Number(textOf(arg));
const seconds = (arg: RedisArgument | undefined) => milliseconds(arg) * 1000;
const lastInSeconds = (args: Arguments) => forEver(seconds(args.at(-1)));
const firstInSeconds = (args: Arguments) => forEver(seconds(args[0]));
const lastInMilliseconds = (args: Arguments) => forEver(milliseconds(args.at(-1)));

const rules: Readonly<Record<string, (args: Arguments) => number>> = {
  BLPOP: lastInSeconds,
  BRPOP: lastInSeconds,
  BLMOVE: lastInSeconds,
  BRPOPLPUSH: lastInSeconds,
  BZPOPMIN: lastInSeconds,
  BZPOPMAX: lastInSeconds,
  BLMPOP: firstInSeconds,
  BZMPOP: firstInSeconds,
  WAIT: lastInMilliseconds,
  WAITAOF: lastInMilliseconds,
  XREAD: blockOfStreams,
  XREADGROUP: blockOfStreams,
  DEBUG: ([what, time]) => (isWord(what, 'SLEEP') ? seconds(time) : 0),
};

/** Milliseconds; 0 for a command that does not block, `Infinity` for one without a limit. */
export function blocksFor(command: RedisCommand): number {
  const time = Object.hasOwn(rules, nameOf(command)) ? rules[nameOf(command)]?.(command.slice(1)) : 0;
  return time !== undefined && time > 0 ? time : 0;
}

/** Milliseconds for which CLIENT PAUSE holds all commands, heartbeats included, after its own reply. */
export function pausesFor(command: RedisCommand): number {
  const [, what, time, mode] = command;
  if (nameOf(command) !== 'CLIENT' || !isWord(what, 'PAUSE') || isWord(mode, 'WRITE')) return 0;
  return milliseconds(time) || 0;
}

/** `BLOCK` and its milliseconds stand before the keys, which may have any name. */
function blockOfStreams(args: Arguments): number {
  const at = args.findIndex((arg) => isWord(arg, 'BLOCK') || isWord(arg, 'STREAMS'));
  return isWord(args[at], 'BLOCK') ? forEver(milliseconds(args[at + 1])) : 0;
}

/** A timeout of 0 is none. */
function forEver(time: number): number {
  return time === 0 ? Number.POSITIVE_INFINITY : time;
}

export function isWord(arg: RedisArgument | undefined, word: string): boolean {
  return textOf(arg).toUpperCase() === word;
}
