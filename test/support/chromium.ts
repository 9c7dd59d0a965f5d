/** A browser for tests of what runs in one. CI has to have it; elsewhere its tests are skipped without. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const path = candidates.find((candidate) => candidate !== undefined && existsSync(candidate));

/** Why tests with a browser are skipped; undefined: they are not. */
export const chromiumMissing =
  path === undefined && process.env.CI !== 'true' ? 'no Chromium here: set CHROMIUM to its path' : undefined;

/** Without a window, and without any traffic of its own. */
export function launch(): Promise<Browser> {
  if (path === undefined) throw new Error('no Chromium here: set CHROMIUM to its path');
  const quiet = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: path, args: quiet });
}
