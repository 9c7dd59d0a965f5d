import { expect, test } from 'vitest';
import { redactUrl } from '../../src/base/redact.ts';
import { urlOf } from '../../src/base/url.ts';

/** V8 has optimised the function that is called this often: `URL.canParse` of Node 20 and 22 is wrong from then on. */
const OFTEN = 20_000;

test('urlOf: a name with an umlaut is a URL, however often it is asked', () => {
  const hosts = new Set(Array.from({ length: OFTEN }, () => urlOf('ws://bücher.example/')?.hostname));
  expect([...hosts]).toEqual(['xn--bcher-kva.example']);
});

test('redactUrl: the place of a URL with an umlaut is shown, however often it is redacted', () => {
  const texts = new Set(Array.from({ length: OFTEN }, () => redactUrl('wss://user:pass@bücher.example/a')));
  expect([...texts]).toEqual(['wss://***@bücher.example/a']);
});

test('urlOf: a text that is no URL is undefined, and a base makes one of a path', () => {
  expect([urlOf('feed'), urlOf('')]).toEqual([undefined, undefined]);
  expect(urlOf('feed', 'ws://host/a')?.href).toBe('ws://host/feed');
});
