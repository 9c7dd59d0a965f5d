import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foreignText, redactUrl } from '../../src/base/redact.ts';

/** Text with everything that must not be shown as it is. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          'ws://',
          'https:',
          ':',
          '//',
          '@',
          '?',
          '#',
          '&',
          '=',
          '%',
          ' ',
          '\n',
          '\u009b',
          '\u202e',
          '\ud800',
        ),
        fc.constantFrom(
          'u:p@h',
          'a',
          'token',
          '[::1]',
          ':80',
          '…',
          '***',
          '\u200b',
          'é',
          '😀',
          'x'.repeat(700),
        ),
        fc.webUrl({ withQueryParameters: true, withFragments: true }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

describe('a redacted URL', () => {
  test.each([
    ['tcp://host:7000', 'tcp://host:7000'],
    ['tls://user@host:7000', 'tls://***@host:7000'],
    ['tls://user:secret@host:7000', 'tls://***@host:7000'],
    ['tls://:secret@host:7000', 'tls://***@host:7000'],
    ['wss://user:sec:ret@host/path', 'wss://***@host/path'],
    ['wss://user:s@cret@host/path', 'wss://***@host/path'],
    ['wss://user:s%40cret@host/path', 'wss://***@host/path'],
    ['WSS://user:secret@host', 'WSS://***@host'],
    ['ws+unix://user:secret@host', 'ws+unix://***@host'],
    ['tcp://user:secret@[::1]:7000', 'tcp://***@[::1]:7000'],
    ['wss://host/?token=secret', 'wss://host/?token=***'],
    ['wss://host/feed?token=secret&v=2', 'wss://host/feed?token=***&v=***'],
    ['wss://host/?a=secret=secret', 'wss://host/?a=***'],
    ['wss://host/?a=&b=secret', 'wss://host/?***&b=***'],
    ['wss://host/?secret', 'wss://host/?***'],
    ['wss://host/?secret==', 'wss://host/?***'],
    ['wss://host/?secret&b=secret', 'wss://host/?***&b=***'],
    ['wss://host/#access_token=secret', 'wss://host/#access_token=***'],
    ['wss://a:secret@one/, wss://b:secret@two/?secret', 'wss://***@one/, wss://***@two/?***'],
    ['dial ws://a:secret@one/x or tcp://secret@two:1', 'dial ws://***@one/x or tcp://***@two:1'],
    ['wss://host/?a:/secret', 'wss://host/?***'],
    ['wss://host/https://a:secret@inner/', 'wss://host/https://***@inner/'],
    ['GET /feed?token=secret&v=1 failed', 'GET /feed?token=***&v=*** failed'],
    ['wss://host/?flag&token=secret', 'wss://host/?***&token=***'],
    ['wss://host/?=secret', 'wss://host/?=***'],
    ['wss://host/?token=a@secret', 'wss://host/?token=***'],
    ['wss://host/?token=secret#top', 'wss://host/?token=***#top'],
    ['wss://user:secret@host/?token=secret', 'wss://***@host/?token=***'],
    ['wss://host/@scope/feed', 'wss://host/@scope/feed'],
    ['wss://host/?', 'wss://host/?'],
    ['unix:/run/app.sock', 'unix:/run/app.sock'],
    ['unix:/run/user@1000/app.sock', 'unix:/run/user@1000/app.sock'],
    ['unix:///run/user@1000/app.sock', 'unix:///run/user@1000/app.sock'],
    ['/run/app.sock', '/run/app.sock'],
    ['', ''],
    ['@', '@'],
    ['no url at all', 'no url at all'],
    ['(see wss://a:secret@host/?t=a@secret&secret)', '(see wss://***@host/?t=***&***'],
  ])('of %j is %j', (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });

  test.each([
    ['a slash in the password', 'tcp://user:a/secret@host:1'],
    ['a question mark in the password', 'ws://user:a?secret@host'],
    ['a hash in the password', 'ws://user:a#secret@host'],
    ['a blank before it', ' wss://user:secret@host'],
    ['one slash, which a WebSocket URL may have', 'ws:/user:secret@host'],
    ['no slashes, which a WebSocket URL may have', 'ws:user:secret@host'],
    ['backslashes, which a WebSocket URL may have', 'ws:\\\\user:secret@host'],
    ['a line break inside, which URLs ignore', 'ws:/\n/user:secret@host'],
    ['no scheme', 'user:secret@host:7000'],
    ['only slashes', '//user:secret@host:7000'],
  ])('hides a password with %s', (_title, url) => {
    expect(redactUrl(url)).not.toContain('secret');
  });

  test('never shows user, password or a value of the query, for any of them', () => {
    const part = fc.stringMatching(/^[a-z0-9%:@!$&'()*+,;=._~-]{1,20}$/);
    const value = fc.stringMatching(/^[a-z0-9][a-z0-9%:@!$'()*+,;=/?._~-]{0,20}$/);
    fc.assert(
      fc.property(part, part, value, (user, password, token) => {
        const url = redactUrl(`wss://${user}:${password}@host/feed?token=${token}&v=1#top`);
        expect(url).toBe('wss://***@host/feed?token=***&v=***#top');
      }),
    );
  });

  test('is unchanged when redacted again, for any text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true })),
        (text) => {
          expect(redactUrl(redactUrl(text))).toBe(redactUrl(text));
        },
      ),
    );
  });
});

describe('text of a peer, a platform or a codec', () => {
  test.each([
    ['an ordinary sentence', 'connect ECONNREFUSED 127.0.0.1:80', 'connect ECONNREFUSED 127.0.0.1:80'],
    ['lines', 'one\r\n  two\tthree\n', 'one two three'],
    ['an escape sequence', '\u001b[31mred', '[31mred'],
    ['a control character of C1', '\u009b31mRED\u009d0;title\u0007', '31mRED0;title'],
    ['a change of the direction', '\u202Eexe.gnp\u2066', 'exe.gnp'],
    ['half of a surrogate pair', 'a\ud800b', 'ab'],
    ['a separator of lines', 'a\u2028b', 'a b'],
    [
      'a URL',
      'GET https://u:secret@auth/x?refresh_token=secret failed',
      'GET https://***@auth/x?refresh_token=*** failed',
    ],
    ['a URL with an invisible character', 'https:\u200b//u:secret@auth/', 'https://***@auth/'],
    ['a path with a query', 'POST /login?token=secret was refused', 'POST /login?token=*** was refused'],
    ['a question', 'really? yes, R&D #1', 'really? yes, R&D #1'],
  ])('with %s: %j is %j', (_what, text, expected) => {
    expect(foreignText(text)).toBe(expected);
  });

  test('has at most 2 KiB of UTF-8, from any length, and says that it was cut', () => {
    for (const unit of ['x', 'ж', '😀', 'word ', '?a=b&', 'ws://u:p@h/ ']) {
      for (const times of [400, 5000, 1_000_000]) {
        const text = foreignText(unit.repeat(times));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
        if (unit.length * times > 6000) expect(text).toMatch(/ ?…$/);
      }
    }
  });

  test('never shows the beginning of a password whose end was cut off', () => {
    for (let length = 1900; length < 40_000; length += 97) {
      expect(foreignText(`see wss://user:${'secret'.repeat(length / 6)}@host/`)).not.toContain('secret');
      expect(foreignText(`${'y'.repeat(length)} wss://user:secretsecret@host/`)).not.toContain('secret');
      expect(foreignText(`${'y'.repeat(length)} wss://host/?secretsecretsecret`)).not.toContain('secret');
    }
  });

  test('is its own result when made printable again, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = foreignText(text);
        expect(foreignText(once)).toBe(once);
      }),
      { numRuns: 2000 },
    );
  });

  test('has no control, format or surrogate characters and no line ends, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = foreignText(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(2048);
      }),
      { numRuns: 2000 },
    );
  });

  test('shows neither users nor passwords nor values of queries, wherever the URLs stand', () => {
    const word = fc.stringMatching(/^[a-z ,.()"'<>-]{0,30}$/);
    const bare = fc.stringMatching(/^SECRET[A-Z0-9_-]{4,20}={0,2}$/);
    const secret = fc.stringMatching(/^[A-Z0-9%:@!$&'()*+,;=._~-]{4,20}$/).map((text) => `SECRET${text}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(word, secret, secret, secret, bare), { maxLength: 5 }), (urls) => {
        const text = urls.map(
          ([before, user, password, token, alone]) =>
            `${before}wss://${user}:${password}@host/a?t=${token}&${alone} `,
        );
        expect(foreignText(text.join(''))).not.toContain('SECRET');
        expect(redactUrl(text.join(''))).not.toContain('SECRET');
      }),
      { numRuns: 500 },
    );
  });
});

describe('redaction takes time in proportion to the text, as repeated', () => {
  test.each([
    '?',
    'a',
    '://',
    '@',
    ' ',
    '/',
    ':',
    'ws:',
    '=',
    '&',
    '?=',
    ':/',
    'a@',
    '\\',
    'ws://u:p@',
    '\n',
  ])('%j', (unit) => {
    for (const text of [unit.repeat(100_000), `ws://h/${unit.repeat(100_000)}`]) {
      const start = performance.now();
      redactUrl(text);
      foreignText(text);
      // A quadratic scan of 100,000 characters takes ten seconds or more.
      expect(performance.now() - start).toBeLessThan(3000);
    }
  });
});
