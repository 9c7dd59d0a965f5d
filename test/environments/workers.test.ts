/** The package in the three kinds of workers, and in a page whose policy forbids everything but its own scripts and sockets. */
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { Project, test } from './support/project.ts';
import { evaluated, policy, type Site, siteOf } from './support/site.ts';

const heard = 'hello 1, hello 2';

/** What starts a worker and hands it the address; `resolve` and `reject` are those of a promise. */
const web = (address: string) => `
  const worker = new Worker('/out/worker.js');
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
  worker.postMessage('${address}');`;
const shared = (address: string) => `
  const worker = new SharedWorker('/out/worker.js');
  worker.onerror = () => reject(new Error('the shared worker does not run'));
  worker.port.onmessage = ({ data }) => resolve(data);
  worker.port.postMessage('${address}');`;
const service = (address: string) => `
  navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
  navigator.serviceWorker
    .register('/out/worker.js')
    .then(({ installing }) => installing.postMessage('${address}'))
    .catch(reject);`;

describe.skipIf(chromiumMissing !== undefined)('workers', () => {
  const project = new Project();
  let site: Site;
  let browser: Browser;

  beforeAll(async () => {
    await project.install();
    project.copy('visit.mjs', 'worker.mjs', 'strict.mjs');
    await build({
      absWorkingDir: project.folder,
      entryPoints: ['worker.mjs', 'strict.mjs'],
      outdir: 'out',
      bundle: true,
    });
    site = await siteOf(project.folder);
    browser = await launch();
  }, 250_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    project.remove();
  }, 60_000);

  test.each([
    ['web', web],
    ['shared', shared],
    ['service', service],
  ])('environments: a %s worker says hello, and again after its socket was cut', async (_kind, start) => {
    const promise = `new Promise((resolve, reject) => {${start(site.socket)}})`;
    expect(await evaluated(browser, `${site.origin}/`, promise)).toBe(heard);
  });

  const page = () => `${site.origin}/?out/strict.js`;

  test(`environments: a page under "${policy}" says hello, and again after its socket was cut`, async () => {
    expect(await evaluated(browser, page(), `visit('${site.socket}')`)).toBe(heard);
  });

  test('environments: under that policy the worker of a clock runs the script of the package, by a URL and as a worker', async () => {
    const script = '/node_modules/holdfast/dist/clock-worker.js';
    for (const options of [`{ url: '${script}' }`, `{ worker: new Worker('${script}') }`])
      expect(await evaluated(browser, page(), `ticks(${options})`)).toEqual([]);
  });

  test('environments: under that policy a clock without a script reports what it needs, and the timers of the page run', async () => {
    const errors = await evaluated(browser, page(), `visitBy('${site.socket}')`, 'blob:');
    expect(errors).toEqual([
      heard,
      expect.stringMatching(
        /^workerClock: no worker runs a blob, which needs `worker-src blob:` .*; the page's own timers are used$/,
      ),
    ]);
  });
});
