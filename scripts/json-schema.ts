/** The JSON Schema of policies: from the schema that the parser uses, with the defaults that it does not know. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { durationText } from '../src/config/duration.ts';
import { backoffDefaults, defaultPolicy } from '../src/config/policy.ts';
import { policySchema } from '../src/config/schema.ts';
import { reasonClasses } from '../src/policy/exits.ts';

interface Property {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly oneOf?: readonly Property[];
  readonly const?: string;
  required?: string[];
  default?: unknown;
}

/** As text, as it is committed and published. */
export function jsonSchema(): string {
  // What only a program can check is left to it: that "0.0001s" is less than a millisecond.
  const schema = toJsonSchema(policySchema, { target: 'draft-07', ignoreActions: ['check'] }) as Property;
  const classes = { ...defaultPolicy.reconnect, classes: reasonClasses };
  describe(schema, { ...defaultPolicy, profile: 'wan', reconnect: classes });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** Adds the defaults, and takes away empty lists of required keys. */
function describe(schema: Property, value: unknown): void {
  for (const variant of schema.oneOf ?? []) describe(variant, backoffOf(variant));
  if (schema.required?.length === 0) delete schema.required;
  if (schema.oneOf !== undefined) return;
  if (schema.properties === undefined) {
    if (value !== undefined && schema.const === undefined) schema.default = written(schema, value);
    return;
  }
  for (const [key, property] of Object.entries(schema.properties)) {
    describe(property, (value as Readonly<Record<string, unknown>>)[key]);
  }
}

function backoffOf({ properties }: Property): object {
  const type = properties?.type?.const ?? 'exponential';
  return backoffDefaults[type as keyof typeof backoffDefaults];
}

/** Durations as people write them. */
function written(schema: Property, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => written(schema, each));
  const isDuration = typeof value === 'number' && JSON.stringify(schema).includes('(ms|s|m|h)');
  return isDuration ? durationText(value) : value;
}
