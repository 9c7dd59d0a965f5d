import { describe, expect, test } from 'vitest';
import { PlainUrl } from '../../src/base/plain-url.ts';
import { urlClass } from '../../src/base/spare-url.ts';
import { urlOf } from '../../src/base/url.ts';

const members = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

const read = (url: URL | PlainUrl) => Object.fromEntries(members.map((member) => [member, url[member]]));

describe('plain URL: the members are those of the standard class for', () => {
  test.each([
    'ws://host',
    'wss://host/',
    'WSS://Host.Example:443/Path',
    'ws://host:80?token=x',
    'ws://host:00081/',
    'ws://host.:8080/a',
    'ws://user@host/',
    'ws://user:@host/',
    'ws://:password@host/',
    'ws://us er:p@ss:w@127.0.0.1:9000/',
    'ws://user:p%40ss@host/',
    'ws://us"er:p;=|[]^w@host/',
    'ws://127.0.0.1:1/',
    'ws://1.2.3.host/',
    'ws://[::1]:9000/feed',
    'ws://[FE80::1]/',
    'ws://a-b_c~d.example/',
    "ws://a!$&'()*+,;=b/",
    'ws:host/path',
    'ws:/host/path',
    'ws:\\\\host\\path',
    'ws:////host//path',
    'ws://host/a/../b/./c/..',
    'ws://host/../../a/.',
    'ws://host/%2e%2E/a/%2e',
    'ws://host/a%20b%zz/ä€😀"<>`{}|\'',
    'ws://host/\ud800x?\udc00',
    'ws://host/a\\b?c\\d',
    'ws://host/?q=ä&r="\'<>`{}|^ x',
    'ws://host/?a#b c"<>`\'ä',
    'ws://host?a?b#c#d?e',
    ' \t\nws://ho\tst/\r\npath \0',
    'redis://user:secret@Host:6379/0?x=1#y',
    'tcp://host:7000',
    'tcp://host:0',
    'ws+phoenix://api.example/socket',
    "redis://host/?q='",
    'unix:///tmp/socket',
    'unix:/tmp/socket',
    'mailto:a b@example',
    'memory://feed',
    'data:text/plain,a/b?c#d',
    'redis://[::1]:6379',
    'redis://a%41b/',
  ])('%j', (text) => {
    expect(read(new PlainUrl(text))).toEqual(read(new URL(text)));
    expect(PlainUrl.canParse(text)).toBe(true);
    expect(`${new PlainUrl(text)} ${JSON.stringify(new PlainUrl(text))}`).toBe(
      `${new URL(text)} ${JSON.stringify(new URL(text))}`,
    );
  });
});

describe('plain URL: no more than the standard class is taken of', () => {
  test.each([
    '',
    'host',
    '/path',
    '//host',
    '://host',
    'ws:',
    'ws://',
    'ws:///',
    'ws://?q',
    'ws://user@',
    'ws://:80/',
    'ws://host:65536/',
    'ws://host:8o/',
    'ws://host:80:80/',
    'ws://ho st/',
    'ws://ho^st/',
    'ws://ho|st/',
    'ws://[::1/',
    'ws://[]/',
    'ws://[host]/',
    'ws://256.1.1.1/',
    'ws://1.2.3.4.5/',
    'ws://1.2.3.08/',
    'redis://user@/0',
    'redis://:80/',
    'redis://ho st/',
    '1ws://host',
  ])('%j', (text) => {
    expect(urlOf(text)).toBeUndefined();
    expect(PlainUrl.canParse(text)).toBe(false);
    expect(() => new PlainUrl(text)).toThrow(TypeError);
  });
});

test.each(['ws://bücher.example/', 'ws://h%6fst/', 'ws://127.1/', 'ws://0x7f.1/', 'ws://0177.0.0.1/'])(
  'plain URL: %s, whose host it would have to convert, is refused',
  (text) => expect([urlOf(text) !== undefined, PlainUrl.canParse(text)]).toEqual([true, false]),
);

test.each([
  ['ws://host/?', 'ws://host/'],
  ['ws://host/a?#', 'ws://host/a'],
])('plain URL: %s is %s, as it keeps no empty query and no empty fragment', (text, href) => {
  expect(new PlainUrl(text).href).toBe(href);
});

test('plain URL: the parts that may be written change href, and the parameters are a copy', () => {
  const url = new PlainUrl('wss://user:password@host/a?b=1#c');
  url.username = '';
  url.password = '';
  url.pathname = '/d';
  url.search = '?e=2';
  url.hash = '';
  url.searchParams.set('e', '3');
  expect([url.href, url.searchParams.get('e')]).toEqual(['wss://host/d?e=2', '2']);
});

/** As in React Native: any text is a URL, nothing can be written, and the query ends with a slash. */
class Mobile {
  readonly href: string;

  static canParse(): boolean {
    return true;
  }

  constructor(text: string) {
    this.href = text.endsWith('/') ? text : `${text}/`;
  }

  get hash(): string {
    return '';
  }
}

test.each<readonly [string, unknown, boolean]>([
  ['of Node', URL, true],
  [
    'without canParse',
    class extends URL {
      static override canParse = undefined as never;
    },
    false,
  ],
  ['of React Native', Mobile, false],
  [
    'whose getters throw',
    class {
      get href() {
        throw new Error('not implemented');
      }
    },
    false,
  ],
  ['that is missing', undefined, false],
])('spare URL: a class %s', (_what, platform, kept) => {
  expect(urlClass(platform as typeof URL | undefined)).toBe(kept ? platform : PlainUrl);
});
