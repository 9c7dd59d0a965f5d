import { expect, test } from 'vitest';
import { Steps } from '../../../src/actors/supervisor/steps.ts';

test('steps: effects of a step follow when the outermost step is over, in order', () => {
  const steps = new Steps();
  const log: string[] = [];
  steps.run(() => {
    steps.after(() => log.push('first effect'));
    steps.run(() => {
      steps.after(() => log.push('effect of the inner step'));
      log.push('inner step');
    });
    log.push('outer step');
  });
  expect(log).toEqual(['inner step', 'outer step', 'first effect', 'effect of the inner step']);
});

test('steps: an effect outside a step happens at once', () => {
  const log: string[] = [];
  new Steps().after(() => log.push('effect'));
  expect(log).toEqual(['effect']);
});

test('steps: a step that an effect runs puts its effects behind those that wait, and returns after them', () => {
  const steps = new Steps();
  const log: string[] = [];
  steps.run(() => {
    steps.after(() => {
      steps.run(() => steps.after(() => log.push('of the nested step')));
      log.push('nested step returned');
    });
    steps.after(() => log.push('waiting'));
  });
  expect(log).toEqual(['waiting', 'of the nested step', 'nested step returned']);
});

test('steps: an exception in a step leaves the steps usable, and its effects happen', () => {
  const steps = new Steps();
  const log: string[] = [];
  const failing = () =>
    steps.run(() => {
      steps.after(() => log.push('effect'));
      throw new Error('bug');
    });
  expect(failing).toThrow('bug');
  steps.run(() => steps.after(() => log.push('next')));
  expect(log).toEqual(['effect', 'next']);
});

test('steps: late effects wait until no other effect is left, also one that an effect adds', () => {
  const steps = new Steps();
  const log: string[] = [];
  steps.run(() => {
    steps.afterAll(() => steps.run(() => steps.after(() => log.push('published by a late effect'))));
    steps.afterAll(() => log.push('second late effect'));
    steps.after(() => steps.after(() => log.push('added by an effect')));
    steps.after(() => log.push('effect'));
  });
  expect(log).toEqual(['effect', 'added by an effect', 'published by a late effect', 'second late effect']);
});
