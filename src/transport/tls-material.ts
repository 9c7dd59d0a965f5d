/** Checks of certificates, keys and ciphers: OpenSSL reads them when a transport is made, not when it is used for the first time. */
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { badConfig, type ConfigError } from '../base/errors.ts';
import { describeThrown } from '../policy/exits.ts';

/** The part of the TLS options that OpenSSL reads. */
export type Material = Pick<
  SecureContextOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'ciphers' | 'minVersion' | 'maxVersion'
>;

type Path = 'ca' | 'cert' | 'key' | 'pfx' | 'ciphers';

/** The type of each field, and the fields that are read with it. */
const expectations: readonly (readonly [Path, expected: string, beside: readonly (keyof Material)[]])[] = [
  ['pfx', 'a PKCS #12 archive that `passphrase` opens', ['passphrase']],
  ['cert', 'a certificate chain as PEM', []],
  [
    'key',
    'the private key of the certificate as PEM, which `passphrase` opens if it is encrypted',
    ['cert', 'passphrase'],
  ],
  ['ca', 'certificates as PEM', []],
  ['ciphers', 'cipher suites as OpenSSL lists them', ['minVersion', 'maxVersion']],
];

/** Throws `ConfigError`, with `at` before the paths. Neither a certificate nor a key nor a passphrase is in its text. */
export function checkCertificates(material: Material, at = ''): void {
  checkPairs(material, at);
  for (const [path, expected, beside] of expectations) {
    const value = material[path];
    if (value === undefined) continue;
    if (path !== 'ciphers') checkList(at + path, [value].flat(), expected, (each) => isReadable(path, each));
    if (path === 'ca') checkList(at + path, [value].flat(), expected, isPem);
    const read = Object.fromEntries([path, ...beside].map((key) => [key, material[key as keyof Material]]));
    try {
      // The system's roots are left out, as they take most of the time.
      createSecureContext({ ca: [], ...read });
    } catch (error) {
      throw unfit(at + path, value, `${expected} (${describeThrown(error)})`);
    }
  }
}

/** A field that needs another one would be ignored alone. */
function checkPairs({ cert, key, pfx, passphrase }: Material, at: string): void {
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert' : 'key';
    throw badConfig(at + missing, undefined, `PEM text, as ${cert === undefined ? 'key' : 'cert'} is given`);
  }
  if (passphrase !== undefined && pfx === undefined && key === undefined)
    throw badConfig('passphrase', 'a string', 'none without key or pfx');
}

function isReadable(path: Path, value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length > 0 : isWrapped(path, value);
}

/** A key, or an archive, with a passphrase of its own. */
function isWrapped(path: Path, value: unknown): boolean {
  const field = { key: 'pem', pfx: 'buf' }[path as string];
  return field !== undefined && typeof value === 'object' && value !== null && field in value;
}

/** Text without a certificate, such as the path of a file, is read as no certificate at all. */
function isPem(value: unknown): boolean {
  return /-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/.test(
    String(value instanceof Uint8Array ? Buffer.from(value) : value),
  );
}

/** Throws `ConfigError` for a list that has another value. */
export function checkList<T>(
  path: string,
  list: readonly T[],
  expected: string,
  fits: (value: T) => boolean,
): void {
  for (const value of list) if (!fits(value)) throw unfit(path, value, expected);
}

/** The text itself is not in the error: a mistake may be a private key in the wrong place. */
function unfit(path: string, value: unknown, expected: string): ConfigError {
  const isText = typeof value === 'string' || value instanceof Uint8Array;
  return badConfig(path, isText && path !== 'ciphers' ? `${value.length} characters` : value, expected);
}
