/** The protocols over WebSocket in Chromium, against the servers of npm. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireProgram } from '../servers/support/installed.ts';
import { nodeServer } from '../servers/support/node-server.ts';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { type Bundle, bundle, show } from './site.ts';

describe.skipIf((chromiumMissing ?? requireProgram()) !== undefined)('protocols in Chromium', () => {
  let browser: Browser;
  let speaking: Bundle;

  beforeAll(async () => {
    [browser, speaking] = await Promise.all([launch(), bundle('test/browser/pages/protocols.ts', true)]);
  });
  afterAll(() => browser?.close());

  test.each([
    [
      'graphql-ws',
      ['graphql-ws-server.mjs', 500],
      [{ user: 'ada' }, { type: 'next', id: '1', payload: { data: { hello: 'world' } } }],
    ],
    [
      'socket.io',
      ['socket-io-server.mjs', 25_000, 20_000],
      [expect.objectContaining({ pingInterval: 25_000 }), [true, 1, 2]],
    ],
    [
      'phoenix',
      ['phoenix-server.mjs'],
      [
        { room: { token: 'secret' } },
        { topic: 'room', event: 'phx_reply', status: 'ok', response: { n: 1 } },
      ],
    ],
  ] as const)(
    '%s: a page is let in with its token, and unauthorized with a wrong one',
    async (name, [script, ...args], told) => {
      const { address } = await nodeServer(script, ...args);
      const { page, complaints } = await show(browser, speaking.code);
      expect(await page.evaluate(`speak['${name}']('${address}', 'secret')`)).toEqual(told);
      const { page: stranger } = await show(browser, speaking.code);
      expect(await stranger.evaluate(`speak['${name}']('${address}', 'wrong')`)).toEqual(['unauthorized']);
      expect(complaints).toEqual([]);
    },
  );

  test('the page bundles without a shim, and contains no Node module', () => {
    const foreign =
      /node_modules\/(?!rxjs|xstate|tslib|engine\.io-parser|(?:@socket\.io|socket\.io-parser)\/)|node:/;
    expect(speaking.modules.filter((name) => foreign.test(name))).toEqual([]);
    expect(speaking.code).not.toMatch(/\bBuffer\b/);
  });
});
