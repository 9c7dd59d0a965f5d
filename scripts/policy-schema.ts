/** `npm run schema`: writes everything that is generated from the policy table and from that of log lines. */
import { readFileSync, writeFileSync } from 'node:fs';
import { commandLineSchema, jsonSchema, targetsSchema } from './json-schema.ts';
import { logLineSchema, withLineTables } from './log-lines/schema.ts';
import { withTables } from './policy-page.ts';
import { policyTypes } from './policy-types.ts';

const file = (path: string) => new URL(`../${path}`, import.meta.url);

writeFileSync(file('schema/policy.schema.json'), jsonSchema());
writeFileSync(file('schema/command-line.schema.json'), commandLineSchema());
writeFileSync(file('schema/targets.schema.json'), targetsSchema());
writeFileSync(file('src/config/policy-types.ts'), policyTypes());
writeFileSync(file('docs/policy.md'), withTables(readFileSync(file('docs/policy.md'), 'utf8')));
writeFileSync(file('schema/log-line.schema.json'), logLineSchema());
writeFileSync(file('docs/log-lines.md'), withLineTables(readFileSync(file('docs/log-lines.md'), 'utf8')));
