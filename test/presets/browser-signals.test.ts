import { expect, test } from 'vitest';
import type { Signal } from '../../src/actors/supervisor/signals.ts';
import { browserSignals, type Platform } from '../../src/presets/browser-signals.ts';

class Page extends EventTarget {
  visibilityState = 'visible';
}

function browser() {
  const document = new Page();
  const platform = Object.assign(new EventTarget(), { document });
  const heard: Signal[] = [];
  const stop = browserSignals(platform as Platform).watch((signal) => heard.push(signal));
  return { document, platform, heard, stop };
}

test.each([
  ['online', 'platform', 'online'],
  ['offline', 'platform', 'offline'],
  ['pageshow', 'platform', 'wake'],
  ['resume', 'document', 'wake'],
  ['visibilitychange', 'document', 'wake'],
] as const)('%s on the %s is %s', (type, target, signal) => {
  const here = browser();
  here[target].dispatchEvent(new Event(type));
  expect(here.heard).toEqual([signal]);
});

test('browser signals: a page that becomes hidden emits nothing', () => {
  const { document, heard } = browser();
  document.visibilityState = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(heard).toEqual([]);
});

test('browser signals: nothing is emitted after watch was stopped', () => {
  const { document, platform, heard, stop } = browser();
  stop();
  for (const type of ['online', 'offline', 'pageshow']) platform.dispatchEvent(new Event(type));
  for (const type of ['resume', 'visibilitychange']) document.dispatchEvent(new Event(type));
  expect(heard).toEqual([]);
});

test('browser signals: a worker without a document emits online and offline', () => {
  const heard: Signal[] = [];
  const worker = new EventTarget();
  browserSignals(worker).watch((signal) => heard.push(signal));
  worker.dispatchEvent(new Event('offline'));
  expect(heard).toEqual(['offline']);
});
