/** The frames of docs/session-protocol.md are those that are sent. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readFrame, types } from '../../src/sessions/wire.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/session-protocol.md', import.meta.url)), 'utf8');

test('each frame in hexadecimal is the one beside it', () => {
  const rows = [...page.matchAll(/^\| (.+?) +\| `((?:[0-9a-f]{2} ?)+)` +\|$/gm)];
  const read = rows.map(([, what = '', hex = '']) => [
    what.trim(),
    readFrame(Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16))),
  ]);
  expect(read).toEqual([
    ['the text `hi`', { type: 'message', data: 'hi', bytes: 2 }],
    ['the bytes 0 and 255', { type: 'message', data: Uint8Array.of(0, 255), bytes: 2 }],
    ['an empty text', { type: 'message', data: '', bytes: 0 }],
    ['ack 0', { type: 'ack', handled: 0 }],
    ['ack 300', { type: 'ack', handled: 300 }],
    ['bye `{"handled":3,"reason":"closed"}`', { type: 'bye', bye: { handled: 3, reason: 'closed' } }],
    ['refused `{"reason":"gap"}`', { type: 'refused', refused: { reason: 'gap' } }],
  ]);
});

test('the table of frames has every type', () => {
  const rows = [...page.matchAll(/^\| (\d) +\| `?(\w+)`? +\|/gm)].map(([, type, name]) => [
    name,
    Number(type),
  ]);
  expect(Object.fromEntries(rows)).toEqual(types);
});
