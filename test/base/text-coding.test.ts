import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encoder, lenientDecoder, strictDecoder } from '../../src/base/text-coding.ts';

test('text coding: a coder is made once, and keeps a byte order mark', () => {
  expect(encoder()).toBe(encoder());
  const bytes = encoder().encode('\uFEFFä');
  expect([strictDecoder().decode(bytes), lenientDecoder().decode(bytes)]).toEqual(['\uFEFFä', '\uFEFFä']);
  expect(() => strictDecoder().decode(Uint8Array.of(0xff))).toThrow(TypeError);
});

test('text coding: the half for browsers loads where the platform has no coders', () => {
  const browser = fileURLToPath(new URL('../../dist/browser.js', import.meta.url));
  const script = `
    delete globalThis.TextEncoder;
    delete globalThis.TextDecoder;
    delete globalThis.addEventListener;
    const { createSupervisor, websocketText } = await import(${JSON.stringify(browser)});
    console.log(typeof createSupervisor({ transports: [] }).connect, typeof websocketText({ ping: 'a', pong: 'b' }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output.trim()).toBe('function object');
});
