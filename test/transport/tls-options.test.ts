import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { tcp } from '../../src/transport/tcp.ts';
import { tls } from '../../src/transport/tls.ts';
import type { TlsOptions } from '../../src/transport/tls-options.ts';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import {
  certificate,
  fixture,
  fixtureBytes,
  later,
  listening,
  placeOf,
  Reception,
  serving,
} from './peers.ts';
import { RecordingSink } from './recording-sink.ts';

const { cert, key } = certificate;
const secret = 'correct horse';
const pfx = fixtureBytes('localhost.p12');
const locked = createPrivateKey(key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: secret,
}) as string;

/** The options of plain JavaScript, which no compiler reads. */
function mistake(make: (options: never) => unknown, options: object): string {
  let made: unknown;
  try {
    made = make(options as never);
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigError', code: 'bad-config' });
    return String((error as Error).message);
  }
  throw new Error(`${made} was made of a mistake`);
}

const versions = 'one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3';

describe.each([
  ['tls', tls],
  ['webSocketOverWs', webSocketOverWs],
])('a mistake in the options of %s is named at once:', (_name, make) => {
  it.each([
    [{ minVersion: 'TLS1.2' }, `minVersion: "TLS1.2" is not valid; expected ${versions}`],
    [{ maxVersion: 1.2 }, `maxVersion: 1.2 is not valid; expected ${versions}`],
    [
      { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
      'minVersion: "TLSv1.3" is not valid; expected at most maxVersion, which is TLSv1.2',
    ],
    [{ rejectUnauthorized: 'false' }, 'rejectUnauthorized: "false" is not valid; expected a boolean'],
    [{ checkServerIdentity: true }, 'checkServerIdentity: true is not valid; expected a function'],
    [{ sessionResumption: 0 }, 'sessionResumption: 0 is not valid; expected a boolean'],
    [{ ciphers: ['AES256'] }, 'ciphers: a list is not valid; expected a string'],
    [{ ciphers: 'AES257' }, 'ciphers: "AES257" is not valid; expected cipher suites as OpenSSL lists them ('],
    [{ ALPNProtocols: 'h2' }, 'ALPNProtocols: "h2" is not valid; expected a list or an object'],
    [{ ALPNProtocols: [''] }, 'ALPNProtocols: "0 characters" is not valid; expected names of 1 to 255 bytes'],
    [{ handshakeTimeout: 0 }, 'handshakeTimeout: 0 is not valid; expected milliseconds from 1 to 2147483647'],
    [
      { keepAliveInitialDelay: 10 },
      'keepAliveInitialDelay: 10 is not valid; expected a duration from 1s to 32767s',
    ],
    [{ localAddress: 'eth0' }, 'localAddress: "eth0" is not valid; expected an IP address'],
    [{ ca: './ca.pem' }, 'ca: "8 characters" is not valid; expected certificates as PEM'],
    [{ ca: [''] }, 'ca: "0 characters" is not valid; expected certificates as PEM'],
    [{ ca: true }, 'ca: true is not valid; expected certificates as PEM'],
    [{ cert }, 'key: undefined is not valid; expected PEM text, as cert is given'],
    [{ key }, 'cert: undefined is not valid; expected PEM text, as key is given'],
    [{ passphrase: secret }, 'passphrase: "a string" is not valid; expected none without key or pfx'],
    [
      { cert: './cert.pem', key },
      'cert: "10 characters" is not valid; expected a certificate chain as PEM (',
    ],
    [
      { cert, key: './key.pem' },
      'key: "9 characters" is not valid; expected the private key of the certificate',
    ],
  ])('%j', (options, expected) => {
    expect(mistake(make, options)).toContain(expected);
  });

  it.each([
    ['minVerison', 'did you mean `minVersion`?'],
    ['alpnProtocols', 'did you mean `ALPNProtocols`?'],
    ['rejectUnauthorised', 'did you mean `rejectUnauthorized`?'],
    ['SNICallback', 'one of the keys ca, '],
  ])('the key %s', (wrong, expected) => {
    expect(mistake(make, { [wrong]: 'x' })).toContain(expected);
  });

  it.each([null, 'ca', [cert]])('no object: %j', (options) => {
    expect(mistake(make, options as never)).toContain('an object of options');
  });

  it.each([
    ['another key', { cert, key: createdKey() }, /^key: "\d+ characters" is not valid; .*mismatch/],
    [
      'a locked key without its passphrase',
      { cert, key: locked },
      /^key: .* which `passphrase` opens if it is encrypted \(/,
    ],
    ['a locked key with another passphrase', { cert, key: locked, passphrase: 'hunter2' }, /^key: .*decrypt/],
    [
      'an archive with another passphrase',
      { pfx, passphrase: 'hunter2' },
      /^pfx: "\d+ characters" is not valid; expected a PKCS #12 archive that `passphrase` opens \(mac verify failure\)$/,
    ],
    ['an archive without its passphrase', { pfx }, /^pfx: /],
    ['an archive that is none', { pfx: Buffer.from(cert) }, /^pfx: /],
  ])('%s, without the secret', (_what, options, expected) => {
    const text = mistake(make, options);
    expect(text).toMatch(expected);
    expect(text).not.toMatch(/hunter2|correct horse|BEGIN/);
  });
});

function createdKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

it.each([
  [{ keepAlive: 'yes' }, 'keepAlive: "yes" is not valid; expected a boolean'],
  [{ noDelay: 1 }, 'noDelay: 1 is not valid; expected a boolean'],
  [{ family: 'IPv4' }, 'family: "IPv4" is not valid; expected 4 or 6'],
  [
    { family: 6, localAddress: '127.0.0.1' },
    'localAddress: "127.0.0.1" is not valid; expected an IPv6 address',
  ],
  [
    { keepAliveInitialDelay: '1d' },
    'keepAliveInitialDelay: "1d" is not valid; expected a duration from 1s to 32767s',
  ],
  [{ keepAliveInitialDelay: '500ms' }, 'expected a duration from 1s to 32767s'],
  [{ keepAlive: false, keepAliveInitialDelay: '30s' }, 'expected none beside keepAlive: false'],
  [
    { keepAliveDelay: '30s' },
    'one of the keys family, localAddress, lookup, keepAlive, keepAliveInitialDelay, noDelay',
  ],
  [{ lookup: 'dns' }, 'lookup: "dns" is not valid; expected a function'],
])('tcp names the mistake in %j', (options, expected) => {
  expect(mistake(tcp, options)).toContain(expected);
});

it.each([
  [{ maxMessageBytes: '1MB' }, 'maxMessageBytes: "1MB" is not valid; expected a number'],
  [{ maxMessageBytes: -1 }, 'maxMessageBytes: -1 is not valid; expected a whole number of bytes, at least 1'],
  [{ wall: 0 }, 'wall: 0 is not valid; expected a function'],
])('webSocketOverWs names the mistake in %j', (options, expected) => {
  expect(mistake(webSocketOverWs, options)).toContain(expected);
});

interface Facts {
  readonly calls: readonly string[];
  readonly protocol: string | null;
  readonly cipher: string;
  readonly alpn: string | false | null;
  readonly peer: string | undefined;
}

/** What a plain server learns of a dial with these options. */
async function served(options: TlsOptions, server: object = {}): Promise<Facts> {
  const plain = createTlsServer({ ...certificate, ...server });
  const arrived = new Promise<TLSSocket>((resolve) => plain.on('secureConnection', resolve));
  plain.on('tlsClientError', () => {});
  await serving(plain, { host: '127.0.0.1', port: 0 });
  const sink = new RecordingSink();
  const { port } = plain.address() as { port: number };
  const socket = tls({ ca: cert, ...options }).dial({ url: new URL(`tls://127.0.0.1:${port}`) }, sink);
  later(() => socket.destroy());
  const theirs = await Promise.race([arrived, sink.saw('failed')]);
  if (theirs === undefined)
    return { calls: sink.calls, protocol: null, cipher: '', alpn: null, peer: undefined };
  await sink.saw('opened');
  const { subject } = theirs.getPeerCertificate();
  return {
    calls: sink.calls,
    protocol: theirs.getProtocol(),
    cipher: theirs.getCipher().name,
    alpn: theirs.alpnProtocol,
    peer: subject?.CN as string | undefined,
  };
}

describe('a dial', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s, as maxVersion or minVersion says', async (version) => {
    const range = version === 'TLSv1.2' ? { maxVersion: version } : { minVersion: version };
    expect(await served(range)).toMatchObject({ protocol: version });
  });

  it('does not go below minVersion', async () => {
    const { calls } = await served({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' });
    expect(calls[0]).toBe('failed');
  });

  it('uses the cipher suites of ciphers', async () => {
    const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    expect(await served({ ciphers, maxVersion: 'TLSv1.2' })).toMatchObject({ cipher: ciphers });
  });

  it('offers ALPNProtocols', async () => {
    const own = { ALPNProtocols: ['feed/2', 'feed/1'] };
    expect(await served(own, { ALPNProtocols: ['feed/1'] })).toMatchObject({ alpn: 'feed/1' });
  });

  it.each([
    ['cert and key', { cert, key }],
    ['cert and a locked key', { cert, key: locked, passphrase: secret }],
    ['pfx', { pfx, passphrase: secret }],
    ['a list of pfx, each with its passphrase', { pfx: [{ buf: pfx, passphrase: secret }] }],
  ])('presents the certificate of %s', async (_what, own) => {
    const demands = { requestCert: true, ca: cert };
    expect(await served(own, demands)).toMatchObject({ calls: ['opened'], peer: 'localhost' });
  });
});

it('listens with a pfx', async () => {
  const reception = new Reception();
  const bound = await listening(tls({ pfx, passphrase: secret }), new URL('tls://127.0.0.1:0'), reception);
  const sink = new RecordingSink();
  const socket = tls({ ca: cert }).dial({ url: new URL(bound.url) }, sink);
  later(() => socket.destroy());
  await sink.saw('opened');
  expect(placeOf(bound.url).host).toBe('127.0.0.1');
  // Its certificate can be replaced by one that is no archive.
  bound.update?.(certificate);
  expect(() => bound.update?.({ cert, key: 'lost' })).toThrow('key: "4 characters" is not valid');
  expect(fixture('localhost.crt')).toBe(cert);
});

describe('checkServerIdentity', () => {
  async function outcome(checkServerIdentity: unknown, over: 'tls' | 'wss' = 'tls') {
    const make = over === 'tls' ? tls : webSocketOverWs;
    const bound = await listening(
      make(certificate) as never,
      new URL(`${over}://127.0.0.1:0`),
      new Reception(),
    );
    const sink = new RecordingSink<never>();
    const transport = make({ ca: cert, checkServerIdentity } as never);
    const socket = transport.dial({ url: new URL(bound.url) }, sink as never);
    later(() => socket.destroy());
    await sink.until(() => sink.calls.length > 0);
    if (sink.calls[0] === 'failed') await sink.saw('closed');
    return { calls: sink.calls, ...sink.failures[0] };
  }

  const refused = { calls: ['failed', 'closed'], reason: 'certificate' };

  it.each(['tls', 'wss'] as const)('decides in place of the check of names, over %s', async (over) => {
    const asked: unknown[] = [];
    const accepts = (host: string, { subject }: { subject: unknown }) => void asked.push(host, subject);
    expect(await outcome(accepts, over)).toEqual({ calls: ['opened'] });
    expect(asked).toEqual(['127.0.0.1', expect.objectContaining({ CN: 'localhost' })]);
  });

  it.each([
    ['an error', () => new Error('not pinned'), 'not pinned'],
    [
      'an error with a code of its own',
      () => Object.assign(new Error('not pinned'), { code: 'ECONNREFUSED' }),
      'not pinned',
    ],
    [
      'an exception',
      () => {
        throw new Error('no pins');
      },
      'no pins',
    ],
    [
      'an exception that is no error',
      () => {
        throw 'no pins';
      },
      'no pins',
    ],
    [
      'a promise',
      async () => undefined,
      'checkServerIdentity returned a promise; expected undefined, or an Error, at once',
    ],
    [
      'a promise that rejects',
      async () => {
        throw new Error('late');
      },
      'checkServerIdentity returned a promise; expected undefined, or an Error, at once',
    ],
    ['false', () => false, 'checkServerIdentity returned false; expected undefined, or an Error, at once'],
    ['true', () => true, 'checkServerIdentity returned true; expected undefined, or an Error, at once'],
  ])('refuses by %s, and ends nothing else', async (_what, check, detail) => {
    expect(await outcome(check)).toMatchObject({ ...refused, detail });
    expect(await outcome(check, 'wss')).toMatchObject({ ...refused, detail });
  });
});
