/** `npm run schema`: writes the JSON Schema of policies, for editors. */
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './json-schema.ts';

writeFileSync(new URL('../schema/policy.schema.json', import.meta.url), jsonSchema());
