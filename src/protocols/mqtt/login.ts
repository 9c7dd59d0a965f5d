/** User name and password in CONNECT. */
import { bytesOf } from '../../base/bytes.ts';
import type { Credentials } from '../../ports/protocol.ts';
import { refused, secretOf } from '../clients.ts';
import { isRecord } from '../json-text.ts';
import { utf8Length } from '../utf8.ts';
import { asBuffer } from './packets.ts';
import { isTextOrNone, longestText } from './text.ts';

/** A text alone is a password, for servers that take tokens. Rejects as `bad-config` what CONNECT cannot carry. */
export function loginOf(credentials: Credentials | undefined): object {
  const secret = secretOf(credentials) ?? {};
  const { username, password } = typeof secret === 'string' ? { password: secret } : fieldsOf(secret);
  if (username === undefined && password === undefined) return {};
  if (!isTextOrNone(username ?? '')) throw mistaken('username', 'text without NUL');
  if (password === undefined) return { username };
  const bytes = typeof password === 'string' ? password : bytesOf(password);
  const length = typeof bytes === 'string' ? utf8Length(bytes) : bytes?.length;
  if (bytes === undefined || length === undefined || length > longestText)
    throw mistaken('password', 'text or bytes');
  return { username: username ?? '', password: asBuffer(bytes) };
}

function fieldsOf(secret: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(secret)) return secret;
  throw refused('bad-config', 'credentials.handshake: expected a text, or { username, password }');
}

function mistaken(field: string, expected: string) {
  return refused(
    'bad-config',
    `credentials.handshake.${field}: expected ${expected}, at most ${longestText} bytes`,
  );
}
