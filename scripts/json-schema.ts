/** The JSON Schema of policy documents (draft 7), from the policy table and its sentences. */
import { LONGEST } from '../src/base/duration.ts';
import {
  type ByCode,
  type Group,
  groupOf,
  isByCode,
  isLeaf,
  isVariants,
  type Leaf,
  type Node,
  type NumberLeaf,
} from '../src/config/kinds.ts';
import { sentences } from '../src/config/sentences.ts';
import { documentTable } from '../src/config/table.ts';
import { reasonClasses } from '../src/policy/exits.ts';
import { defaultText } from './default-text.ts';
import { dialSchema, targetProperties } from './dial-schema.ts';

/** Durations as text. */
const ANY = '^\\d+(\\.\\d+)?(ms|s|m|h)$';
/** Durations as text, except those that are plainly less than a millisecond. A program finds the others. */
const SOME = '^(?!0+(\\.\\d+)?ms$|0+(\\.0+)?(s|m|h)$)\\d+(\\.\\d+)?(ms|s|m|h)$';

const byPath: Readonly<Record<string, string>> = {
  ...sentences,
  ...Object.fromEntries(
    Object.entries(reasonClasses).map(([reason, known]) => [
      `reconnect.classes.${reason}`,
      `Without it: ${known}.`,
    ]),
  ),
};
const defaultByPath: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(reasonClasses).map(([reason, known]) => [`reconnect.classes.${reason}`, known]),
);

const draft = { $schema: 'http://json-schema.org/draft-07/schema#' };

/** As text, as it is committed and published. */
export function jsonSchema(): string {
  const title = 'holdfast policy';
  const description = 'How a connection is kept. Every key is optional; null means off.';
  return textOf({ ...draft, title, description, ...groupSchema(documentTable, '') });
}

/** The schema of the files of `--config`: a policy, and what is presented when dialling. */
export function commandLineSchema(): string {
  const title = 'holdfast configuration of the command line';
  const description = 'A policy, and in `dial` what is presented when dialling. Every key is optional.';
  const { properties, ...rest } = groupSchema(documentTable, '');
  return textOf({ ...draft, title, description, ...rest, properties: { ...properties, dial: dialSchema } });
}

/** The schema of the files of `--targets`. A list has no key `$schema`: editors have settings for its path. */
export function targetsSchema(): string {
  const title = 'holdfast targets';
  const description = 'Endpoints that holdfast watch and record connect to.';
  const properties = { ...targetProperties, policy: policyOfTarget() };
  const items = { type: 'object', properties, required: ['url'], additionalProperties: false };
  return textOf({ ...draft, title, description, type: 'array', minItems: 1, items });
}

function policyOfTarget() {
  const description = 'A policy over that of --config, or the path of one, from the folder of this file.';
  return { description, anyOf: [{ type: 'string' }, groupSchema(documentTable, '')] };
}

function textOf(schema: object): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function groupSchema(group: Group, prefix: string, required?: readonly string[]) {
  const properties = Object.entries(group).map(([key, node]) => [key, nodeSchema(node, prefix + key)]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required && { required }),
    additionalProperties: false,
  };
}

function nodeSchema(node: Node, path: string): object {
  const description = byPath[path];
  if (isLeaf(node)) {
    const fallback = defaultByPath[path] ?? defaultText(node);
    return { ...leafSchema(node), description, default: fallback };
  }
  if (isByCode(node)) return { ...codesSchema(node), description };
  if (!isVariants(node)) return { ...groupSchema(groupOf(node) ?? {}, `${path}.`), description };
  const oneOf = Object.values(node.types).map((group, index) =>
    groupSchema(group, `${path}.`, index === 0 ? undefined : ['type']),
  );
  return { oneOf, description };
}

function codesSchema({ code }: ByCode): object {
  const patternProperties = { '^(\\d+(-\\d+)?|[A-Z][A-Z\\d_]+)$': leafSchema(code) };
  return { type: 'object', patternProperties, additionalProperties: false };
}

function leafSchema(leaf: Leaf): object {
  if ('words' in leaf) return leaf.words.length === 1 ? { const: leaf.words[0] } : { enum: leaf.words };
  if (!('least' in leaf)) return { type: leaf.kind };
  const schema = numberSchema(leaf);
  return leaf.off ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function numberSchema({ kind, least }: NumberLeaf): object {
  switch (kind) {
    case 'duration':
      return durationSchema(least);
    case 'durations':
      return { type: 'array', items: durationSchema(least), minItems: 1 };
    case 'factor':
      return { type: 'number', minimum: least, maximum: Number.MAX_VALUE };
    default:
      return { type: 'integer', minimum: least, maximum: Number.MAX_SAFE_INTEGER };
  }
}

function durationSchema(least: number): object {
  return {
    anyOf: [
      { type: 'number', minimum: least, maximum: LONGEST },
      { type: 'string', pattern: least === 0 ? ANY : SOME },
    ],
  };
}
