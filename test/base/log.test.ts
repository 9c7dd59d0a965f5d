import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactUrl, silentLogger } from '../../src/base/log.ts';

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
    ['wss://host/?a=&b=secret', 'wss://host/?a=***&b=***'],
    ['wss://host/?flag&token=secret', 'wss://host/?flag&token=***'],
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
    const value = fc.stringMatching(/^[a-z0-9%:@!$'()*+,;=/?._~-]{1,20}$/);
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

describe('the silent logger', () => {
  test('has no level enabled, and accepts every call', () => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      expect(silentLogger.isLevelEnabled?.(level)).toBe(false);
      expect(silentLogger[level]({ event: 'state' }, 'a message')).toBeUndefined();
    }
  });

  test('returns itself as its child', () => {
    expect(silentLogger.child({ connection: 'feed' })).toBe(silentLogger);
  });
});
