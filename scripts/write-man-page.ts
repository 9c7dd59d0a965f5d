/** `npm run man`: writes `man/holdfast.1`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { manPage } from './man-page.ts';

const folder = new URL('../man/', import.meta.url);

mkdirSync(folder, { recursive: true });
writeFileSync(new URL('holdfast.1', folder), manPage());
