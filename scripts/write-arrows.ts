/** `npm run arrows`: writes the lint rules that follow from the table of arrows. */
import { writeFileSync } from 'node:fs';
import { arrowRules } from './arrows.ts';

writeFileSync(new URL('../biome.arrows.json', import.meta.url), arrowRules());
