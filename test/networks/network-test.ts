/** A test between network namespaces: skipped where there are none, except in CI. */
import { test } from 'vitest';
import { namespacesMissing } from './namespaces.ts';

if (namespacesMissing !== undefined && process.env.CI === 'true') throw new Error(namespacesMissing);

export const networkTest = test.skipIf(namespacesMissing !== undefined);

/** The end of a title: the reason of the skip, as vitest prints none. */
export const why = namespacesMissing === undefined ? '' : ` (skipped: ${namespacesMissing})`;
