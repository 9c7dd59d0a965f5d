/** Mistakes in what is presented when dialling: each names option, value and expectation, and no secret. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { commandLineSchema } from '../../../scripts/json-schema.ts';
import { FakeIo } from '../fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const cert = fixture('localhost.crt');
const key = fixture('localhost.key');
const text = fixture('README.md');
const otherKey = file(
  'other.key',
  String(
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    }),
  ),
);
const headers = file('headers', '# for the feed\n\nX-Key: S3CRET\nS3CRET without a colon\n');
const twice = file('twice', 'X-Key: S3CRET\nx-key: S3CRET\n');
const empty = file('empty', '\n');
const config = (name: string, dial: unknown) => file(`${name}.json`, JSON.stringify({ dial }));

const ws = 'ws://127.0.0.1:9/';
const wss = 'wss://127.0.0.1:9/';

test.each<[title: string, args: readonly string[], ...lines: RegExp[]]>([
  [
    'a header without a colon',
    [ws, '-H', 'S3CRET'],
    /^--header: "\*\*\*" .* a name, a colon and a value, as in/,
  ],
  ['a name that is none', [ws, '-H', 'S3 CRET: x'], /^--header: "\*\*\*" .* this is no name of a header$/],
  [
    'a value with a control character',
    [ws, '-H', 'X-Key: S3CRET\u0007'],
    /^--header X-Key: "\*\*\*" .* a text of one line/,
  ],
  [
    'a header twice',
    [ws, '-H', 'X-Key: S3CRET', '-H', 'x-key: 2'],
    /^--header: "x-key" .* each header once$/,
  ],
  [
    'a header of the upgrade itself',
    [ws, '-H', 'Upgrade: h2c'],
    /^--header: "Upgrade" .* does not send itself$/,
  ],
  [
    'a subprotocol as a header',
    [ws, '-H', 'Sec-WebSocket-Protocol: S3CRET'],
    /--subprotocol offers subprotocols$/,
  ],
  ['a subprotocol that is none', [ws, '--subprotocol', 'S3 CRET'], /^--subprotocol: "\*\*\*" .*RFC 6455/],
  [
    'a line of a file',
    [ws, '--headers-file', headers],
    /^--headers-file .*headers:4: "\*\*\*" .* a name, a colon/,
  ],
  [
    'a header twice in a file',
    [ws, '--headers-file', twice],
    /^--headers-file .*twice: "x-key" .* each header once$/,
  ],
  [
    'a file that is not there',
    [ws, '--headers-file', '/no/file'],
    /^--headers-file: "\/no\/file" .* \(ENOENT/,
  ],
  [
    'a variable that is not set',
    [ws, '--token-env', 'NO_TOKEN'],
    /^--token-env: "NO_TOKEN" .* that is set and not empty$/,
  ],
  [
    'a variable that is empty',
    [ws, '--token-env', 'EMPTY'],
    /^--token-env: "EMPTY" .* that is set and not empty$/,
  ],
  [
    'a token of two lines',
    [ws, '--token-env', 'LINES'],
    /^--token-env LINES: "\*\*\*" .* a text of one line/,
  ],
  [
    'a token that no URL takes',
    ['tcp://127.0.0.1:9', '--token-env', 'TOKEN'],
    /^--token-env: "TOKEN" .* none, as no URL/,
  ],
  [
    'a header that no URL takes',
    ['tcp://127.0.0.1:9', '-H', 'X: S3CRET'],
    /^--header: "\*\*\*" .* none, as no URL is dialled over a WebS/,
  ],
  [
    'TLS without TLS',
    [ws, '-k', '--ca', cert],
    /^--ca: .* none, as no URL is dialled over TLS$/,
    /^--insecure: true .* none/,
  ],
  [
    'a file without certificates',
    [wss, '--ca', text],
    /^--ca: ".*README\.md" .* a file with certificates, PEM/,
  ],
  ['a certificate without a key', [wss, '--cert', cert], /^--key: "none" .* as --cert is given$/],
  ['a key without a certificate', [wss, '--key', key], /^--cert: "none" .* as --key is given$/],
  [
    'a certificate for a key',
    [wss, '--cert', cert, '--key', cert],
    /^--key: ".*localhost\.crt" .* the private key of the/,
  ],
  [
    'the key of another certificate',
    [wss, '--cert', cert, '--key', otherKey],
    /^--key: ".*other\.key" .* \(.*mismatch.*\)$/,
  ],
  [
    'a key that is not there',
    [wss, '--cert', cert, '--key', '/no/file'],
    /^--key: "\/no\/file" .* a readable file/,
  ],
  [
    'an unknown part of dial',
    [ws, '--config', config('unknown', { headrs: { x: 'S3CRET' } })],
    /unknown\.json:1: dial\.headrs: an object .* did you mean `headers`\?$/,
  ],
  [
    'a header of dial that is no text',
    [ws, '--config', config('number', { headers: { x: 5 } })],
    /number\.json:1: dial\.headers\.x: "\*\*\*" .* a text$/,
  ],
  [
    'a dial that is no object',
    [ws, '--config', config('text', 'S3CRET')],
    /text\.json:1: dial: "\*\*\*" .* an object/,
  ],
  [
    'a reference to no variable',
    [ws, '--config', config('env', { headers: { x: 'env:NO_TOKEN' } })],
    /dial\.headers\.x: "env:NO_TOKEN" .* that is set/,
  ],
  [
    'a reference to no file',
    [ws, '--config', config('file', { token: 'file:no' })],
    /dial\.token: "file:no" .* a readable file \(ENOENT\)$/,
  ],
  [
    'a reference to an empty file',
    [ws, '--config', config('void', { token: `file:${empty}` })],
    /dial\.token: "file:.*empty" .* not empty$/,
  ],
  [
    'a password that no URL takes',
    [ws, '--config', config('login', { password: 'S3CRET' })],
    /dial\.password: "\*\*\*" .* none, as no URL has a protocol that logs in$/,
  ],
  [
    'TLS of dial that fits no file',
    [wss, '--config', config('tls', { tls: { ca: text } })],
    /dial\.tls\.ca: ".*README\.md" .* a file with certificates/,
  ],
  [
    'a duration without a unit',
    [ws, '--for', '5', '--interval', '2'],
    /^--interval: "2" .* with its unit: 2ms or 2s$/,
    /^--for: "5" .* with its unit: 5ms or 5s$/,
  ],
])('holdfast watch refuses %s', async (_, args, ...expected) => {
  const io = new FakeIo();
  Object.assign(io.env, { EMPTY: '', TOKEN: 'S3CRET', LINES: 'S3CRET\nS3CRET' });
  expect(await io.run('watch', ...args)).toBe(2);
  const lines = io.err.trimEnd().split('\n');
  expect(lines.map((line) => line.replace(/^holdfast: /, ''))).toEqual(
    expected.map((line) => expect.stringMatching(line)),
  );
  expect(io.out).toBe('');
  expect(io.err).not.toContain('S3CRET');
});

describe('holdfast check and the part dial', () => {
  const validate = new Ajv().compile(JSON.parse(commandLineSchema()));

  test.each<[document: object, holds: boolean]>([
    [
      {
        profile: 'lan',
        dial: { headers: { Authorization: 'env:UNSET' }, subprotocols: ['v1'], token: 'file:none' },
      },
      true,
    ],
    [
      {
        dial: {
          user: 'a',
          password: 'b',
          tls: { ca: 'a', cert: 'b', key: 'c', servername: 'd', insecure: true },
        },
      },
      true,
    ],
    [{ dial: {} }, true],
    [{ dial: null }, false],
    [{ dial: { tls: { insecure: 'yes' } } }, false],
    [{ dial: { tls: { cafile: 'a' } } }, false],
    [{ dial: { subprotocols: [1] } }, false],
    [{ dial: { token: 5 } }, false],
  ])('%j: valid %s, for the schema too, and no file or variable is read', async (document, holds) => {
    const io = new FakeIo();
    expect(await io.run('check', file('checked.json', JSON.stringify(document)))).toBe(holds ? 0 : 2);
    expect(validate(document)).toBe(holds);
  });
});
