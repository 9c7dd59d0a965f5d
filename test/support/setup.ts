/**
 * After each test: releases, and XState's development build warns of events sent to actors that have ended, which is a failure here.
 */
import { afterEach, expect } from 'vitest';
import { releaseAll } from './later.ts';

const warned: unknown[][] = [];
console.warn = (...words) => warned.push(words);

afterEach(releaseAll);
afterEach(() => {
  expect(warned.splice(0)).toEqual([]);
});
