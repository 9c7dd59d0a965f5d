/** Pages for a browser: bundled as an application would bundle them, and served on loopback. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { later, serving } from '../transport/peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Bundle {
  readonly code: string;
  /** Every module in it, by its path from the root of the package. */
  readonly modules: readonly string[];
}

/**
 * No shim, no plugin, no alias for what is not for browsers, which fails to resolve. `alias`: other copies of packages, by
 * name.
 */
export async function bundle(
  entry: string,
  minify = false,
  alias: Readonly<Record<string, string>> = {},
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [`${root}${entry}`],
    absWorkingDir: root,
    bundle: true,
    alias,
    minify,
    format: 'iife',
    platform: 'browser',
    define: { 'process.env.NODE_ENV': '"development"' },
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return { code: outputFiles[0]?.text ?? '', modules: Object.keys(metafile.inputs) };
}

/** Serves a page with that script and nothing else, until the end of the test. */
export async function site(code: string): Promise<{ address: string }> {
  const html = '<!doctype html><meta charset="utf-8"><div id="app"></div><script src="/page.js"></script>';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript; charset=utf-8' : 'text/html');
    response.end(isScript ? code : html);
  });
  await serving(server, { host: '127.0.0.1', port: 0 });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Opens it. `complaints`: uncaught errors of the page. */
export async function show(browser: Browser, code: string): Promise<{ page: Page; complaints: string[] }> {
  const { address } = await site(code);
  const context = await browser.newContext();
  later(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(address);
  return { page, complaints };
}
