/** Chromium for the tests that need a real browser. They are skipped where there is none, but never in CI. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why tests in a browser are skipped; undefined when they run. */
export const chromiumMissing = existsSync(executablePath)
  ? undefined
  : `no Chromium at ${executablePath}; set CHROMIUM to its path`;

if (chromiumMissing !== undefined && process.env.CI === 'true') throw new Error(chromiumMissing);

/** Launches Chromium with a profile of its own, which is removed at its close. */
export function launch(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Hidden pages are throttled here as they are at home.
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  });
}
