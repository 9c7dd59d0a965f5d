import { describe, expect, test } from 'vitest';
import { hello, Scripted } from './scripted.ts';

const pong = '+PONG\r\n';
const ok = '+OK\r\n';
const unknown = '-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `ann`, `secret`\r\n';
const login = { handshake: { username: 'ann', password: 'secret' } };

describe('redis: handshake', () => {
  test('is HELLO and a PING, and tells what the server is', async () => {
    const scripted = new Scripted();
    const done = scripted.greet();
    expect(await scripted.answers([hello], [pong])).toEqual(['HELLO 3', 'PING']);
    expect(await done).toEqual({
      info: { server: 'redis', version: '7.0.15', resp: 3, mode: 'standalone', role: 'master', id: 5 },
    });
  });

  test('has user, password and name in HELLO, then the database and the commands of setup', async () => {
    const scripted = new Scripted({
      url: 'redis://cache.example/3',
      credentials: login,
      clientName: 'feed',
      setup: [['SUBSCRIBE', 'news']],
    });
    const done = scripted.greet();
    const confirmation = '>3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n';
    expect(await scripted.answers([hello], [ok, confirmation, pong])).toEqual([
      'HELLO 3 AUTH ann secret SETNAME feed',
      'SELECT 3',
      'SUBSCRIBE news',
      'PING',
    ]);
    expect(await done).toMatchObject({ info: { resp: 3 } });
    expect(scripted.news).toMatchObject([{ kind: 'subscription', channel: 'news' }]);
  });

  test.each([
    ['a text', 'secret'],
    ['a text as the part handshake', { handshake: 'secret' }],
    ['a password without a name', { handshake: { password: 'secret' } }],
  ])('%s is a password of the user default', async (_, credentials) => {
    const scripted = new Scripted({ credentials });
    void scripted.greet();
    expect(await scripted.answers([hello], [pong])).toContain('HELLO 3 AUTH default secret');
  });

  test('falls back to RESP2 where HELLO is unknown, and asks INFO what the server is', async () => {
    const scripted = new Scripted({ credentials: login, clientName: 'feed', database: 2 });
    const done = scripted.greet();
    const info = 'redis_version:5.0.7\r\nredis_mode:standalone\r\nrole:slave\r\n';
    const replies = [[unknown], [ok], [ok], [`$${info.length}\r\n${info}\r\n`], [ok, pong]];
    expect((await scripted.answers(...replies)).slice(1)).toEqual([
      'AUTH ann secret',
      'CLIENT SETNAME feed',
      'INFO',
      'SELECT 2',
      'PING',
    ]);
    expect(await done).toEqual({
      info: { server: 'redis', version: '5.0.7', resp: 2, mode: 'standalone', role: 'replica' },
    });
  });

  test.each([
    ['going-away', 'LOADING', '-LOADING Redis is loading the dataset in memory\r\n'],
    [
      'going-away',
      'MASTERDOWN',
      "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
    ],
    ['going-away', 'CLUSTERDOWN', '-CLUSTERDOWN The cluster is down\r\n'],
    ['going-away', 'TRYAGAIN', '-TRYAGAIN Multiple keys request during rehashing of slot\r\n'],
    ['unauthorized', 'NOAUTH', '-NOAUTH Authentication required.\r\n'],
    ['unauthorized', 'NOPERM', '-NOPERM this user has no permissions to run the PING command\r\n'],
    ['bad-config', 'ERR', '-ERR DB index is out of range\r\n'],
  ])('is refused as %s by %s in answer to the PING', async (reason, code, error) => {
    const scripted = new Scripted();
    const done = scripted.greet();
    await scripted.answers([hello], [error]);
    expect(await done).toMatchObject({ reason, code });
  });

  test.each([
    ['unauthorized', 'WRONGPASS', '-WRONGPASS invalid username-password pair or user is disabled.\r\n'],
    ['unauthorized', 'NOAUTH', '-NOAUTH HELLO must be called with the client already authenticated\r\n'],
    ['unauthorized', 'DENIED', '-DENIED Redis is running in protected mode\r\n'],
    ['going-away', 'ERR', '-ERR max number of clients reached\r\n'],
  ])('is refused as %s by %s in answer to HELLO', async (reason, code, error) => {
    const scripted = new Scripted({ credentials: login });
    const done = scripted.greet();
    await scripted.answers([error]);
    expect(await done).toMatchObject({ reason, code });
  });

  test('before Redis 6 a wrong password is unauthorized, and is in no detail', async () => {
    const scripted = new Scripted({ credentials: login });
    const done = scripted.greet();
    await scripted.answers([unknown], ['-ERR invalid password\r\n']);
    const failure = await done;
    expect(failure).toMatchObject({ reason: 'unauthorized' });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  test.each([
    ['a path that is no number', { url: 'redis://cache.example/feeds' }],
    ['credentials of another shape', { credentials: { handshake: { username: 1, password: 'secret' } } }],
  ])('is refused as bad-config for %s', async (_, options) => {
    const scripted = new Scripted(options);
    const done = scripted.greet();
    await scripted.answers([hello]);
    const failure = await done;
    expect(failure).toMatchObject({ reason: 'bad-config' });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  test('does not wait for an answer after the end of the connection', async () => {
    const scripted = new Scripted();
    const done = scripted.greet();
    scripted.end();
    await expect(done).rejects.toMatchObject({ code: 'closed' });
  });
});
