/** XState's development build warns of events sent to actors that have ended. Here that is a failure. */
import { afterEach, expect } from 'vitest';

const warned: unknown[][] = [];
console.warn = (...words) => warned.push(words);

afterEach(() => {
  expect(warned.splice(0)).toEqual([]);
});
