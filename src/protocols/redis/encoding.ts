/** Commands as RESP arrays of bulk strings, and the commands that a supervised connection does not carry. */
import { bytesOf } from '../../base/bytes.ts';
import { encoder } from '../../base/text-coding.ts';
import { badMessage, tooLong } from '../refusals.ts';
import { utf8Length } from '../utf8.ts';
import { isWord } from './blocking.ts';
import type { RedisArgument, RedisCommand, RedisRequest } from './messages.ts';
import { nameOf } from './texts.ts';

const carriageReturn = 0x0d;
const newline = 0x0a;

/** Commands after which replies could not be matched, heartbeats included. */
const refusedCommands: Readonly<Record<string, string>> = {
  HELLO: 'the handshake sends HELLO',
  MONITOR: 'the lines of MONITOR are no replies',
  PSYNC: 'replication is no stream of replies',
  RESET: 'RESET undoes the handshake; reconnect() makes a new connection',
  SYNC: 'replication is no stream of replies',
};

/** The commands of a request, one or several. */
export function commandsOf(request: RedisRequest): readonly RedisCommand[] {
  return (Array.isArray(request[0]) ? request : [request]) as readonly RedisCommand[];
}

/** Throws `bad-message` for a request that cannot be carried; returns its bytes on the wire. */
export function measure(request: RedisRequest, limit: number): number {
  if (!Array.isArray(request) || request.length === 0)
    throw refused('it is no array of a name and arguments');
  const commands = commandsOf(request);
  for (const command of commands) checkCommand(command);
  checkTransactions(commands);
  const bytes = sizeOf(commands);
  if (bytes > limit) throw refused(tooLong(bytes, limit));
  return bytes;
}

export function encode(commands: readonly RedisCommand[]): Uint8Array {
  const frame = new Uint8Array(sizeOf(commands));
  let at = 0;
  for (const command of commands) {
    at = writeHeader(frame, at, '*', command.length);
    for (const arg of command) at = writeArgument(frame, at, arg);
  }
  return frame;
}

function checkCommand(command: unknown): void {
  if (!Array.isArray(command) || typeof command[0] !== 'string' || command[0] === '')
    throw refused('a command begins with its name, a string');
  const odd = command.findIndex((arg) => !isArgument(arg));
  if (odd >= 0) throw refused(`argument ${odd} is neither a string, bytes, a finite number nor a bigint`);
  const name = nameOf(command as unknown as RedisCommand);
  if (Object.hasOwn(refusedCommands, name)) throw refused(refusedCommands[name] ?? '');
  if (name === 'CLIENT' && isWord(command[1], 'REPLY'))
    throw refused('CLIENT REPLY leaves heartbeats without an answer');
}

/** Within a transaction heartbeats would be queued with its commands, and its end would be lost with the connection. */
function checkTransactions(commands: readonly RedisCommand[]): void {
  let open = false;
  for (const name of commands.map(nameOf)) {
    const ends = name === 'EXEC' || name === 'DISCARD';
    if (name === 'MULTI' || (ends && !open)) {
      if (open || ends) throw refused(`${name} without a MULTI before it, or a second MULTI`);
      open = true;
    } else if (ends) open = false;
  }
  if (open) throw refused('a transaction is one message, a list of commands from MULTI to EXEC or DISCARD');
}

function isArgument(arg: unknown): arg is RedisArgument {
  if (typeof arg === 'number') return Number.isFinite(arg);
  return typeof arg === 'string' || typeof arg === 'bigint' || bytesOf(arg) !== undefined;
}

function sizeOf(commands: readonly RedisCommand[]): number {
  let bytes = 0;
  for (const command of commands) {
    bytes += headerSize(command.length);
    for (const arg of command) {
      const length = lengthOf(arg);
      bytes += headerSize(length) + length + 2;
    }
  }
  return bytes;
}

function lengthOf(arg: RedisArgument): number {
  if (typeof arg === 'string') return utf8Length(arg);
  return typeof arg === 'object' ? arg.byteLength : String(arg).length;
}

/** A type, the digits and a line break. */
function headerSize(count: number): number {
  return 3 + String(count).length;
}

function writeArgument(frame: Uint8Array, from: number, arg: RedisArgument): number {
  const length = lengthOf(arg);
  const at = writeHeader(frame, from, '$', length);
  const bytes = typeof arg === 'object' ? bytesOf(arg) : undefined;
  if (bytes === undefined) encoder().encodeInto(String(arg), frame.subarray(at));
  else frame.set(bytes, at);
  return writeBreak(frame, at + length);
}

function writeHeader(frame: Uint8Array, from: number, type: string, count: number): number {
  const text = type + count;
  for (let at = 0; at < text.length; at++) frame[from + at] = text.charCodeAt(at);
  return writeBreak(frame, from + text.length);
}

function writeBreak(frame: Uint8Array, at: number): number {
  frame[at] = carriageReturn;
  frame[at + 1] = newline;
  return at + 2;
}

function refused(why: string): Error {
  return badMessage('redis', why);
}
