import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rewritten } from '../../../src/cli/lines/format.ts';
import { logfmt } from '../../../src/cli/lines/logfmt.ts';
import { pretty } from '../../../src/cli/lines/pretty.ts';

const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Reads logfmt as its users do: pairs between blanks, and the escapes of JSON within quotes. */
function parsed(line: string): [string, string][] {
  const pairs: [string, string][] = [];
  let rest = line;
  while (rest !== '') {
    const found = /^([^\s"=]+)=("(?:[^"\\]|\\.)*"|[^\s"=]*)(?: |$)/.exec(rest);
    if (found === null) throw new Error(`no logfmt: ${rest}`);
    const [all, key = '', value = ''] = found;
    pairs.push([key, value.startsWith('"') ? JSON.parse(value) : value]);
    rest = rest.slice(all.length);
  }
  return pairs;
}

describe('logfmt', () => {
  test.each<[fields: object, line: string]>([
    [{ event: 'state', to: 'alive', rttMs: 1.5 }, 'event=state to=alive rttMs=1.5'],
    [{ msg: 'closed: refused', detail: '' }, 'msg="closed: refused" detail=""'],
    [{ url: 'ws://h/?a=***', text: 'a "b" \\n' }, 'url="ws://h/?a=***" text="a \\"b\\" \\\\n"'],
    [{ evidence: { silenceMs: 312, more: { x: true } } }, 'evidence.silenceMs=312 evidence.more.x=true'],
    [
      { connections: ['a', 'b'], exits: {}, none: null },
      'connections="[\\"a\\",\\"b\\"]" exits={} none=null',
    ],
    [{ labels: { 'data center': 'eu', '': '1' } }, 'labels.data_center=eu labels._=1'],
    [{ text: '\u001b[2J\u202e\u{e0041}' }, 'text="\\u001b[2J\\u202e\\udb40\\udc41"'],
    [{ left: undefined }, ''],
  ])('%j', (fields, line) => {
    expect(logfmt(fields)).toBe(line);
  });

  test('gives back each text, in one line that changes nothing on a terminal', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 30 });
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z.]{1,8}$/), texts, { maxKeys: 5 }), (fields) => {
        const line = logfmt(fields);
        expect(ODD.test(line)).toBe(false);
        expect(parsed(line)).toEqual(Object.entries(fields));
      }),
    );
  });

  test('can be read whatever the fields are', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 10 });
    fc.assert(
      fc.property(
        fc.object({ key: texts, values: [texts, fc.double(), fc.boolean()], maxDepth: 3 }),
        (fields) => {
          const line = logfmt(JSON.parse(JSON.stringify(fields)));
          expect(ODD.test(line)).toBe(false);
          parsed(line);
        },
      ),
    );
  });
});

const time = Date.UTC(2026, 0, 1, 9, 30, 12, 345);
const of = { connection: 'feed', url: 'tcp://h:1', incarnation: 3 };

describe('pretty lines', () => {
  test.each<[fields: object, line: string]>([
    [{ level: 30, ...of, event: 'state', to: 'alive', msg: 'alive' }, '09:30:12 feed: alive'],
    [{ level: 40, ...of, event: 'state', to: 'suspect', msg: 'suspect' }, '09:30:12 warn feed: suspect'],
    [
      { level: 30, ...of, msg: 'closed: refused', detail: 'connect ECONNREFUSED', labels: { dc: 'eu' } },
      '09:30:12 feed: closed: refused: connect ECONNREFUSED dc=eu',
    ],
    [{ level: 30, ...of, msg: 'another client', detail: 'another client' }, '09:30:12 feed: another client'],
    [
      { level: 10, ...of, event: 'heartbeat', kind: 'received', rttMs: 0.5 },
      '09:30:12 trace feed: heartbeat received after 0.5 ms',
    ],
    [{ level: 10, ...of, event: 'heartbeat', kind: 'sent' }, '09:30:12 trace feed: heartbeat sent'],
    [
      { level: 30, ...of, event: 'message', text: 'hello', cut: true, msg: 'a message of 9 bytes' },
      '09:30:12 feed: < hello …',
    ],
    [
      { level: 50, err: { message: 'boom', stack: 'Error: boom\n at x' }, msg: 'exception in onMessage' },
      '09:30:12 error exception in onMessage: boom',
    ],
    [{ level: 30, event: 'listening', msg: 'listening on \u001b[2J' }, '09:30:12 listening on \\u001b[2J'],
    [{ level: 35, event: 'x' }, '09:30:12 35 x'],
  ])('%j', (fields, line) => {
    expect(pretty({ time, level: 30, ...fields }, false)).toBe(line);
  });

  test('have colours where they are wanted, and the same text', () => {
    const line = { time, level: 40, ...of, msg: 'suspect' };
    expect(pretty(line, true)).toContain('\u001b[33m');
    expect(stripVTControlCharacters(pretty(line, true))).toBe(pretty(line, false));
  });
});

test('a line in logfmt has its time and level in words', () => {
  const json = `{"level":40,"time":${time},"event":"gave-up","msg":"gave up: refused"}\n`;
  expect(rewritten(json, 'logfmt', false)).toBe(
    'time=2026-01-01T09:30:12.345Z level=warn event=gave-up msg="gave up: refused"\n',
  );
  expect(rewritten(json, 'json', false)).toBe(json);
});
