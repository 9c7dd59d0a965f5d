/** The JSON Schema of policies: the parser's schema, with the defaults of `defaultPolicy` added. */
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

/** The text of `schema/policy.schema.json`. */
export function jsonSchema(): string {
  // Checks by functions are left out, for example that "0.0001s" is less than 1 ms.
  const schema = toJsonSchema(policySchema, { target: 'draft-07', ignoreActions: ['check'] }) as Property;
  const classes = { ...defaultPolicy.reconnect, classes: reasonClasses };
  describe(schema, { ...defaultPolicy, profile: 'wan', reconnect: classes });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** Adds the defaults, and removes empty lists of required keys. */
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

/** A default as written in a policy: durations as text with a unit. */
function written(schema: Property, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => written(schema, each));
  const isDuration = typeof value === 'number' && JSON.stringify(schema).includes('(ms|s|m|h)');
  return isDuration ? durationText(value) : value;
}
