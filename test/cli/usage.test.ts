import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const negative = file('negative.json', '{"deadlines":{"connect":-5,"handshake":"10x"}}');
const unknownKey = file('unknown.json', '{"heartbeats":{}}');
const broken = file('broken.json', '{');
const target = 'tcp://127.0.0.1:9';

describe('bad usage is refused with a line for each problem', () => {
  test.each<[args: string, ...lines: RegExp[]]>([
    [
      'watch foo://host',
      /^holdfast: url: "foo:\/\/host" is not valid; expected a scheme .*tcp, tls, unix, ws, wss/,
    ],
    [
      'watch tcp://host:70000',
      /^holdfast: url: "tcp:\/\/host:70000" is not valid; expected a port from 1 to 65535/,
    ],
    ['watch tcp://host:0', /^holdfast: url: "tcp:\/\/host:0" is not valid; expected a port from 1 to 65535/],
    [
      'watch --inspect 9000 tcp://h:1',
      /^holdfast: url: "9000" .* ports of options are behind =, as in --inspect=9000 and/,
    ],
    ['watch https://h/', /^holdfast: url: "https:\/\/h\/" .* known here: .*; did you mean wss:\/\/\?$/],
    ['watch host', /^holdfast: url: "host" is not valid; expected a URL such as/],
    ['watch ws://user:secret@host:0/', /^holdfast: url: "ws:\/\/\*\*\*@host:0\/" is not valid/],
    [
      `watch ${target} --interval 10x`,
      /^holdfast: --interval: "10x" is not valid; expected a duration such as/,
    ],
    [`watch ${target} --interval 0s`, /^holdfast: --interval: "0s" is not valid; expected .* at least 1ms/],
    [`watch ${target} --for soon`, /^holdfast: --for: "soon" is not valid; expected a duration/],
    [
      `watch ${target} --protocol smtp`,
      /^holdfast: --protocol: "smtp" .* one of raw, bytes, line, framed, websocket, .*, or the path of a module/,
    ],
    [
      `watch ${target} --protocol websocket`,
      /^holdfast: protocol: "websocket" .* expected a protocol over bytes/,
    ],
    ['watch ws://host/ --protocol line', /^holdfast: protocol: "line" .* expected a protocol over messages/],
    [
      `watch ${target} --config ${negative}`,
      /^holdfast: .*negative\.json:1: deadlines\.connect: -5 is not valid; expected a duration/,
      /^holdfast: .*negative\.json:1: deadlines\.handshake: "10x" is not valid; expected a duration/,
    ],
    [
      `watch ${target} --config ${unknownKey}`,
      /^holdfast: .*unknown\.json:1: heartbeats: .* one of the keys/,
    ],
    [`watch ${target} --config ${broken}`, /^holdfast: .*broken\.json:1: "the end" .* a closing brace/],
    [
      `watch ${target} --config /no/such/file`,
      /^holdfast: --config: "\/no\/such\/file" .* a readable file \(ENOENT/,
    ],
    ['serve tcp://127.0.0.1', /^holdfast: url: "tcp:\/\/127\.0\.0\.1" is not valid; expected a port from 0/],
    [
      'serve tls://127.0.0.1:0',
      /^holdfast: --cert: undefined is not valid; expected a PEM file, to serve tls:/,
      /^holdfast: --key: undefined is not valid; expected a PEM file, to serve tls:/,
    ],
    [`serve wss://127.0.0.1:0 --cert ${broken} --key ${broken}`, /^holdfast: --cert: .* fits --key/],
    ['demo --for -1s', /^holdfast: --for: "-1s" is not valid/],
    ['check /no/such/file', /^holdfast: FILE: "\/no\/such\/file" .* a readable file \(ENOENT/],
    ['check', /^error: missing required argument 'file'/],
    [
      'chart gates',
      /^holdfast: CHART: "gates" is not valid; expected one of connection, supervision, session$/,
    ],
    ['chart --format svg', /^holdfast: --format: "svg" is not valid; expected one of json, mermaid/],
    [
      'watch foo://host tcp://host:0 --interval 10x --protocol smtp',
      /^holdfast: --interval/,
      /^holdfast: --protocol/,
      /^holdfast: url: "foo:/,
      /^holdfast: url: "tcp:/,
    ],
    ['watch', /^holdfast: url: "none" is not valid; expected a URL, or --targets with a file of them$/],
    ['dance', /^error: unknown command 'dance'/],
    [`watch ${target} --colour`, /^error: unknown option '--colour'/],
  ])('holdfast %s', async (args, ...expected) => {
    const io = new FakeIo();
    expect(await io.run(...args.split(' '))).toBe(2);
    const lines = io.err.trimEnd().split('\n');
    expect(lines).toEqual(expected.map((line) => expect.stringMatching(line)));
    expect(io.out).toBe('');
  });

  test('an unknown level in HOLDFAST_LOG', async () => {
    const io = new FakeIo();
    io.env.HOLDFAST_LOG = 'loud';
    expect(await io.run('watch', target)).toBe(2);
    expect(io.err).toMatch(/^holdfast: HOLDFAST_LOG: "loud" is not valid; expected one of trace, debug/);
  });
});

describe('help', () => {
  test.each<[args: string, ...contains: string[]]>([
    ['--help', 'watch', 'serve', 'demo', 'chart', 'Examples:', '$ holdfast demo --for 20s'],
    ['help watch', 'Usage: holdfast watch', 'Examples:', '$ holdfast watch', 'Exit status: 0'],
    ['help serve', 'Examples:', '--cert', 'Port 0'],
    ['chart --help', 'Examples:', 'mermaid', 'supervision'],
    ['check --help', 'Examples:', '--json', 'Exit status: 0'],
    ['--version', '0.'],
  ])('holdfast %s', async (args, ...contains) => {
    const io = new FakeIo();
    expect(await io.run(...args.split(' '))).toBe(0);
    for (const text of contains) expect(io.out).toContain(text);
    expect(io.err).toBe('');
  });

  test('without a command prints the help, with exit code 2', async () => {
    const io = new FakeIo();
    expect(await io.run()).toBe(2);
    expect(io.err).toContain('Usage: holdfast');
  });
});
