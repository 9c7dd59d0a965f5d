/** `npm run pictures`: draws the schedules in `docs/policy.md` anew. */
import { writeFileSync } from 'node:fs';
import { pictures } from './schedule-drawing.ts';

for (const [file, draw] of Object.entries(pictures)) {
  writeFileSync(new URL(`../docs/${file}`, import.meta.url), draw());
}
