/** The components of docs/frameworks.md, compiled by their frameworks, in Chromium and against a server. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Browser } from 'playwright-core';
import { compile } from 'svelte/compiler';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compileScript, parse } from 'vue/compiler-sfc';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { echoServer } from './echo-server.ts';
import { show } from './site.ts';

vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const guide = readFileSync(`${root}docs/frameworks.md`, 'utf8');

function samplesIn(language: string): string[] {
  return Array.from(
    guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms')),
    ([, code]) => code ?? '',
  );
}

const [price = '', app = ''] = samplesIn('tsx');
const [vue = ''] = samplesIn('vue');
const [svelte = ''] = samplesIn('svelte');

/** The compilers of the frameworks, as their plugins for bundlers use them. */
const compilers: Readonly<Record<string, (source: string) => string>> = {
  tsx: (source) => source,
  vue: (source) => {
    const { descriptor } = parse(source);
    return compileScript(descriptor, { id: 'sample', inlineTemplate: true }).content;
  },
  svelte: (source) => compile(source, { generate: 'client', name: 'Sample' }).js.code,
};

const mounts = {
  tsx: `import { createElement, StrictMode } from 'react';
    import { createRoot } from 'react-dom/client';
    import * as sample from 'sample';
    createRoot(document.getElementById('app')).render(
      createElement(StrictMode, null, createElement(sample.Price ?? sample.App, { symbol: 'ACME' })));`,
  vue: `import { createApp } from 'vue';
    import Sample from 'sample';
    createApp(Sample).mount('#app');`,
  svelte: `import { mount } from 'svelte';
    import Sample from 'sample';
    mount(Sample, { target: document.getElementById('app') });`,
} as const;

async function pageOf(language: keyof typeof mounts, source: string, url: string): Promise<string> {
  const code = compilers[language]?.(source.replaceAll('wss://feed.example', url)) ?? '';
  const sample: Plugin = {
    name: 'sample',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^sample$/ }, () => ({ path: 'sample', namespace: 'sample' }));
      onLoad({ filter: /./, namespace: 'sample' }, () => ({
        contents: code,
        loader: 'tsx',
        resolveDir: root,
      }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: mounts[language], resolveDir: root },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['browser', 'svelte'],
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    plugins: [sample],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

describe.skipIf(chromiumMissing !== undefined)('frameworks in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  async function shown(language: keyof typeof mounts, source: string) {
    const server = await echoServer();
    return { server, ...(await show(browser, await pageOf(language, source, server.url))) };
  }
  const says = (text: string) => `document.body.innerText.includes('${text}')`;

  test('frameworks: the React sample shows the state, and the answer to a click', async () => {
    const { page, server, complaints } = await shown('tsx', price);
    await page.waitForFunction(says('ACME: – (alive)'));
    await page.click('button');
    await page.waitForFunction(says('ACME: echo ACME (alive)'));
    expect([server.seen.sockets, complaints]).toEqual([1, []]);
  });

  test('frameworks: the React sample with a context shows the state', async () => {
    const { page, complaints } = await shown('tsx', app);
    await page.waitForFunction(says('alive'));
    expect(complaints).toEqual([]);
  });

  test.each([
    ['vue', vue],
    ['svelte', svelte],
  ] as const)('frameworks: the sample in %s shows message and state', async (language, source) => {
    const { page, complaints } = await shown(language, source);
    await page.waitForFunction(says('echo hello (alive)'));
    expect(complaints).toEqual([]);
  });
});
