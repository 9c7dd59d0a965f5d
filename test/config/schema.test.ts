/** The JSON Schema for editors is what the parser checks: generated from it, committed, and as strict. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLineSchema, jsonSchema } from '../../scripts/json-schema.ts';
import { parsePolicy } from '../../src/config/parse.ts';
import { defaultPolicy, profiles } from '../../src/config/policy.ts';
import { almostDocument, anyDocument, leavesOf, problemsOf } from './documents.ts';

const committed = readFileSync(new URL('../../schema/policy.schema.json', import.meta.url), 'utf8');
const schema = JSON.parse(committed);
const validate = new Ajv({ allErrors: false }).compile(schema);

interface Property {
  readonly properties?: Record<string, Property>;
  readonly description?: string;
  readonly default?: unknown;
}

/** Every property that holds a value, with its path; a backoff counts as one. */
function valuesOf({ properties = {} }: Property, prefix = ''): [path: string, property: Property][] {
  return Object.entries(properties).flatMap(([key, property]): [string, Property][] =>
    property.properties === undefined ? [[prefix + key, property]] : valuesOf(property, `${prefix}${key}.`),
  );
}

test('schema/policy.schema.json is as generated; otherwise: npm run schema', () => {
  expect(committed).toBe(jsonSchema());
});

test('schema/command-line.schema.json is as generated; otherwise: npm run schema', () => {
  const text = readFileSync(new URL('../../schema/command-line.schema.json', import.meta.url), 'utf8');
  expect(text).toBe(commandLineSchema());
});

describe('the JSON Schema', () => {
  const values = valuesOf(schema).filter(
    ([path]) => !/^\$schema$|^reconnect\.(backoff|classes|codes)/.test(path),
  );

  test('JSON Schema has every leaf of a policy', () => {
    const leaves = leavesOf(defaultPolicy).filter(
      (path) => !/^reconnect\.(backoff|classes|codes)/.test(path),
    );
    expect(values.map(([path]) => path).sort()).toEqual([...leaves, 'profile'].sort());
  });

  test.each(values)('JSON Schema describes %s with its default', (path, property) => {
    expect(property.description).toMatch(/^[A-Z`].*\.$/);
    const document = path
      .split('.')
      .reduceRight<unknown>((inner, key) => ({ [key]: inner }), property.default);
    expect(problemsOf(document)).toEqual([]);
    expect(property).toHaveProperty('default');
  });

  test('JSON Schema accepts every valid document', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        expect(problemsOf(document)).toEqual([]);
        expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('JSON Schema accepts the profiles, the defaults and an empty document', () => {
    for (const document of [...Object.values(profiles), defaultPolicy, {}])
      expect(validate(document)).toBe(true);
  });

  test('JSON Schema refuses no document that resolvePolicy accepts', () => {
    fc.assert(
      fc.property(almostDocument, (document) => {
        if (problemsOf(document).length === 0) expect(validate(document)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The name of a mistake, the document, and the line that is said about it. */
const malformed: [string, string, RegExp][] = [
  ['a wrong type', '{"heartbeat":[]}', /^heartbeat: a list is not valid; expected an object$/],
  ['an unknown key', '{"colour":"red"}', /^colour: "red" is not valid; expected one of the keys profile,/],
  [
    'a misspelt key',
    '{"heartbeat":{"intervall":"5s"}}',
    /^heartbeat\.intervall: .*did you mean `interval`\?$/,
  ],
  [
    'no duration',
    '{"deadlines":{"close":"10x"}}',
    /^deadlines\.close: "10x" is not valid; expected a duration/,
  ],
  ['a negative one', '{"deadlines":{"close":-5}}', /^deadlines\.close: -5 is not valid; expected a duration/],
  ['endpoints that are empty', '{"endpoints":[]}', /^endpoints: a list is not valid; expected an object$/],
  [
    'no delays',
    '{"reconnect":{"backoff":{"type":"table","delays":[]}}}',
    /^reconnect\.backoff\.delays: a list is not valid; expected a list of at least one duration$/,
  ],
  [
    'a fraction of a probe',
    '{"heartbeat":{"probes":1.5}}',
    /^heartbeat\.probes: 1\.5 .* a whole number, 0 or more$/,
  ],
  [
    'an infinite factor',
    '{"reconnect":{"backoff":{"factor":1e999}}}',
    /^reconnect\.backoff\.factor: Infinity /,
  ],
  [
    'less than a millisecond',
    '{"heartbeat":{"interval":"0.5ms"}}',
    /^heartbeat\.interval: "0\.5ms" .* at least 1ms/,
  ],
  [
    'a key of all objects',
    '{"__proto__":{"polluted":1}}',
    /^__proto__: an object is not valid; expected one of the/,
  ],
  [
    'another one',
    '{"gate":{"constructor":{}}}',
    /^gate\.constructor: an object is not valid; expected one of/,
  ],
  ['a list', '[]', /^policy: a list is not valid; expected an object$/],
  ['text', '"lan"', /^policy: "lan" is not valid; expected an object$/],
  ['nothing', 'null', /^policy: null is not valid; expected an object$/],
];

describe('both refuse', () => {
  test.each(malformed)('parsePolicy and JSON Schema refuse %s: %s', (_title, json, line) => {
    const document = JSON.parse(json);
    expect(() => parsePolicy(document)).toThrow(line);
    expect(validate(document)).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('parsePolicy and JSON Schema refuse numbers that JSON cannot express', () => {
    for (const factor of [Number.NaN, Number.POSITIVE_INFINITY, 10n, () => 1]) {
      const document = { reconnect: { backoff: { factor } } };
      expect(() => parsePolicy(document)).toThrow(/^reconnect\.backoff\.factor: .*a number, 1 or more$/);
      expect(validate(document)).toBe(false);
    }
  });
});

describe('a parsed document', () => {
  test('parsePolicy returns the document without $schema', () => {
    const document = { $schema: './policy.schema.json', profile: 'lan', outbox: { age: '5m' } };
    expect(parsePolicy(document)).toEqual({ profile: 'lan', outbox: { age: '5m' } });
    expect(document).toHaveProperty('$schema');
  });

  test('parsePolicy refuses bounds that contradict each other', () => {
    const backoff = (type: object) => ({ reconnect: { backoff: { ...type, base: '5s', cap: '1s' } } });
    for (const type of [{}, { type: 'exponential' }, { type: 'decorrelated' }]) {
      expect(() => parsePolicy(backoff(type))).toThrow(
        /^reconnect\.backoff\.cap: 1000 is not valid; expected at least base \(5000 ms\)$/,
      );
    }
    expect(() => parsePolicy({ heartbeat: { suspectAfter: { min: 2, max: 1 } } })).toThrow(
      /at least min \(2 ms\)$/,
    );
  });

  test('parsePolicy accepts a bound that contradicts only the defaults', () => {
    expect(parsePolicy({ reconnect: { backoff: { base: '1m' } } })).toBeDefined();
  });

  test('parsePolicy refuses a million levels of nesting without recursion', () => {
    let deep: unknown = [];
    for (let level = 0; level < 1e6; level++) deep = [deep];
    expect(() => parsePolicy(deep)).toThrow(/^policy: a list is not valid; expected an object$/);
    expect(() => parsePolicy({ gate: { enabled: deep } })).toThrow(/^gate\.enabled: a list is not valid/);
  });
});
