/** The formats of `watch`, and log lines beside its table. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { answerPings, tcpPeer } from '../../support/tcp-peer.ts';
import { FakeIo } from '../fake-io.ts';

async function watched(io: FakeIo, until: string, ...args: string[]): Promise<void> {
  const code = io.run('watch', ...args);
  await io.wrote(until);
  io.quit$.next('SIGINT');
  expect(await code).toBe(0);
}

test.each([true, false])('--format logfmt: lines of pairs, with a terminal: %s', async (isTTY) => {
  const url = await tcpPeer(answerPings);
  const io = new FakeIo({ isTTY });
  await watched(io, 'to=alive', url, '--format', 'logfmt');
  const lines = io.out.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  for (const line of lines) expect(line).toMatch(/^time=\d{4}-\d\d-\d\dT[\d:.]+Z level=info /);
  expect(lines[1]).toContain(
    ` connection=${url} incarnation=1 event=state url=${url} from=connecting to=alive msg=alive`,
  );
});

test('--format pretty: a sentence for each event, with colours on a terminal alone', async () => {
  const url = await tcpPeer(answerPings);
  const [terminal, file] = [new FakeIo({ isTTY: true }), new FakeIo()];
  for (const io of [terminal, file]) await watched(io, ' alive', url, '--format', 'pretty');
  const sentences = file.out.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
  expect(sentences).toEqual([
    `${url}: connecting`,
    `${url}: alive`,
    `${url}: closing: closed-by-us`,
    `${url}: closed: closed-by-us`,
    `${url}: left: closed-by-us`,
    '',
  ]);
  expect(stripVTControlCharacters(terminal.out).replaceAll(/^\S+ /gm, '')).toBe(sentences.join('\n'));
});

test('--format json is --json, on a terminal too', async () => {
  const io = new FakeIo({ isTTY: true });
  await watched(io, '"to":"alive"', await tcpPeer(answerPings), '--format', 'json');
  expect(io.lines).toHaveLength(5);
});

test.each<[args: string, expected: RegExp]>([
  ['--format yaml', /^holdfast: --format: "yaml" is not valid; expected one of json, logfmt, pretty$/],
  ['--json --format pretty', /^holdfast: --format: "pretty" is not valid; expected none beside --json/],
])('bad usage: %s', async (args, expected) => {
  const io = new FakeIo();
  expect(await io.run('watch', 'tcp://127.0.0.1:9', ...args.split(' '))).toBe(2);
  expect(io.err.trimEnd()).toMatch(expected);
});

describe('HOLDFAST_LOG beside a table', () => {
  const drawn = (text: string) => stripVTControlCharacters(text);

  test('writes lines of JSON to standard error where that is a file', async () => {
    const url = await tcpPeer(answerPings);
    const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
    io.env.HOLDFAST_LOG = 'debug';
    await watched(io, '1 alive', url);
    const lines = io.err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ to, event }) => to ?? event)).toEqual([
      'connecting',
      'alive',
      'closing',
      'closed',
      'left',
    ]);
    expect(drawn(io.out)).not.toContain(`${url}: alive`);
  });

  test('has whole lines above the table where standard error is the terminal, too', async () => {
    const url = await tcpPeer(answerPings);
    const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
    Object.assign(io.stderr, { isTTY: true });
    io.env.HOLDFAST_LOG = 'info';
    await watched(io, '1 alive', url);
    const lines = drawn(io.out).split(/[\r\n]+/);
    for (const state of ['connecting', 'alive', 'left: closed-by-us'])
      expect(lines.filter((line) => line.endsWith(` ${url}: ${state}`))).toHaveLength(1);
    expect(io.err).toBe('');
  });

  test('says nothing without the variable', async () => {
    const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
    await watched(io, '1 alive', await tcpPeer(answerPings));
    expect(io.err).toBe('');
  });

  test('refuses a level that does not exist', async () => {
    const io = new FakeIo({ isTTY: true, columns: 80, rows: 24 });
    io.env.HOLDFAST_LOG = 'loud';
    expect(await io.run('watch', 'tcp://127.0.0.1:9')).toBe(2);
    expect(io.err).toMatch(/^holdfast: HOLDFAST_LOG: "loud" is not valid/);
  });
});
