/** HELLO with user, password and name; the database; the commands of the user; and a PING, which tells whether it serves. */
import { HoldfastError } from '../../base/errors.ts';
import { type HandshakeIo, Refused } from '../../ports/protocol.ts';
import { type Login, loginOf, refused } from '../clients.ts';
import { failureOf } from './failures.ts';
import { type RedisCommand, RedisError, type RedisInfo, type RedisValue } from './messages.ts';
import { textOf } from './texts.ts';

type Value = RedisValue<string | Uint8Array>;

export interface Greeting {
  readonly resp: 2 | 3;
  readonly database: number | undefined;
  readonly clientName: string | undefined;
  readonly setup: readonly RedisCommand[];
}

/** Sends a command, and resolves with its answer, which may be an error. */
export type Ask = (command: RedisCommand) => Promise<Value>;

/** Makes `Ask` of a function that hands over the answer, if there is one before the connection ends. */
export function asking(
  send: (command: RedisCommand, settle: (value: Value) => void) => void,
  signal: AbortSignal,
): Ask {
  return (command) =>
    new Promise((resolve, reject) => {
      const end = () => reject(new HoldfastError('closed', 'the connection ended before the handshake'));
      signal.addEventListener('abort', end, { once: true });
      send(command, resolve);
    });
}

/** `agreed`: hears the version of RESP before any command of the user is sent. Rejects with `Refused`. */
export async function greet(
  io: HandshakeIo,
  ask: Ask,
  { resp, database, clientName, setup }: Greeting,
  agreed: (resp: 2 | 3) => void,
): Promise<RedisInfo> {
  if (io.side === 'accept') throw refused('bad-config', 'redis dials servers, and accepts no clients');
  const login = loginOf(io.credentials);
  const info = await introduce(ask, resp, login, clientName);
  agreed(info.resp);
  const chosen = database ?? databaseOf(io.url);
  const select: RedisCommand[] = chosen > 0 ? [['SELECT', chosen]] : [];
  const answers = await Promise.all([...select, ...setup, ['PING'] as const].map(ask));
  for (const answer of answers) assertAnswer(answer, login);
  assertPong(answers.at(-1));
  return info;
}

async function introduce(
  ask: Ask,
  resp: 2 | 3,
  login: Login | undefined,
  clientName: string | undefined,
): Promise<RedisInfo> {
  const auth = login === undefined ? [] : ['AUTH', login.username || 'default', login.password];
  const name = clientName === undefined ? [] : ['SETNAME', clientName];
  const hello = await ask(['HELLO', resp, ...auth, ...name]);
  if (!(hello instanceof RedisError)) return infoOf(hello, resp);
  // The text of an unknown command repeats its arguments, so that it is not shown.
  const isUnknown = hello.code === 'NOPROTO' || failureOf(hello).reason === 'bad-config';
  if (!isUnknown) throw refusedBy(hello, login);
  return await introduceBefore6(ask, login, clientName);
}

/** Before Redis 6 there is neither HELLO nor RESP3, nor a user name. */
async function introduceBefore6(
  ask: Ask,
  login: Login | undefined,
  clientName: string | undefined,
): Promise<RedisInfo> {
  if (login !== undefined) {
    const { username, password } = login;
    const user = username === '' || username === 'default' ? [] : [username];
    assertAnswer(await ask(['AUTH', ...user, password]), login);
  }
  if (clientName !== undefined) assertAnswer(await ask(['CLIENT', 'SETNAME', clientName]), login);
  const text = textOf(await ask(['INFO']));
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? '';
  const role = field('role').replace('slave', 'replica');
  return { server: 'redis', version: field('redis_version'), resp: 2, mode: field('redis_mode'), role };
}

/** The reply of HELLO: a map, or a flat array in RESP2. */
function infoOf(hello: Value, resp: 2 | 3): RedisInfo {
  const flat = Array.isArray(hello) ? hello : hello instanceof Map ? [...hello].flat() : [];
  const fields = new Map(flat.map((name, at) => [at % 2 === 0 ? textOf(name) : at, flat[at + 1]]));
  const field = (name: string) => fields.get(name);
  if (!fields.has('server')) throw refused('protocol-error', 'HELLO was answered with something else');
  const id = Number(textOf(field('id')));
  return {
    server: textOf(field('server')),
    version: textOf(field('version')),
    resp,
    mode: textOf(field('mode')),
    role: textOf(field('role')),
    ...(id > 0 ? { id } : {}),
  };
}

function assertAnswer(answer: Value, login: Login | undefined): void {
  if (answer instanceof RedisError) throw refusedBy(answer, login);
}

/** A connection with subscriptions is answered a list in RESP2. */
function assertPong(answer: Value | undefined): void {
  const word = textOf(Array.isArray(answer) ? answer[0] : answer);
  if (word.toUpperCase() !== 'PONG') throw refused('protocol-error', 'PING was answered with something else');
}

/** Errors may repeat arguments, cut off after some characters. */
function refusedBy(error: RedisError, login: Login | undefined): Refused {
  const { detail = '', ...failure } = failureOf(error);
  const kept = detail.replace(/,? with args beginning with.*/s, '');
  return new Refused({ ...failure, detail: login?.password ? kept.replaceAll(login.password, '***') : kept });
}

/** `redis://host/3` is the database 3. */
function databaseOf({ protocol, pathname }: URL): number {
  if (!protocol.startsWith('redis') || pathname.length < 2) return 0;
  const database = pathname.slice(1);
  if (/^\d{1,9}$/.test(database)) return Number(database);
  throw refused(
    'bad-config',
    `url: the path is "${pathname}"; expected none, or the number of a database such as /3`,
  );
}
