/** Messages of the peer on standard output, which a slow reader of it holds back as far as the peer. */
import { once } from 'node:events';
import type { Io } from '../io.ts';
import { printable } from '../printable.ts';
import type { Form } from './form.ts';

/** Resolves when there are no more messages, or standard output is closed. Never rejects. */
export async function print(
  messages: AsyncIterable<unknown>,
  form: Form,
  { stdout, quit$ }: Io,
): Promise<void> {
  const closed = new AbortController();
  const quitting = quit$.subscribe(() => closed.abort());
  for await (const message of messages) {
    // Messages that arrive during the goodbye are read to their end, and shown to no one.
    if (stdout.destroyed || stdout.errored) continue;
    if (stdout.write(shown(message, form, stdout.isTTY === true))) continue;
    await once(stdout, 'drain', { signal: closed.signal }).catch(() => {});
  }
  quitting.unsubscribe();
}

function shown(message: unknown, { unit }: Form, isTerminal: boolean): string | Uint8Array {
  if (message instanceof Uint8Array) {
    const bytes = unit === 'bytes' ? message : Buffer.concat([message, Buffer.from('\n')]);
    return isTerminal ? printable(Buffer.from(bytes).toString()) : bytes;
  }
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return isTerminal ? `${printable(text)}\n` : `${text}\n`;
}
