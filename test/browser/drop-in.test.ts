/** The drop-in class and React, in Chromium. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { closedPort, later } from '../transport/peers.ts';
import { urlOf } from '../transport/websocket-peers.ts';
import { bundle, show } from './site.ts';

/** Does as it is told by a message, or by the path. */
async function obedientServer(): Promise<{ url: string; server: WebSocketServer }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (ws) =>
    ws.on('message', (data, isBinary) => orders[isBinary ? 'foreign bytes' : String(data)]?.(ws)),
  );
  await once(server, 'listening');
  later(() => {
    for (const ws of server.clients) ws.terminate();
    server.close();
  });
  return { url: urlOf(server).href, server };
}

const socketOf = (ws: WebSocket) => (ws as unknown as { _socket: Socket })._socket;

const orders: Readonly<Record<string, (ws: WebSocket) => void>> = {
  text: (ws) => {
    ws.send('tëxt');
    ws.send('bye');
  },
  bytes: (ws) => {
    ws.send(new Uint8Array(3));
    ws.send(new Uint8Array(4));
    ws.send('bye');
  },
  'a frame with a reserved opcode': (ws) => socketOf(ws).write(Uint8Array.of(0x83, 0)),
  'foreign bytes': (ws) => ws.send('bye'),
  'close 1002': (ws) => ws.close(1002, 'you'),
  'close 1009': (ws) => ws.close(1009, 'too big'),
  'close 4001': (ws) => ws.close(4001, 'you'),
  'close without a code': (ws) => ws.close(),
  drop: (ws) => ws.terminate(),
};

describe.skipIf(chromiumMissing !== undefined)('the drop-in in Chromium', () => {
  let browser: Browser;
  let code: string;

  beforeAll(async () => {
    [browser, { code }] = await Promise.all([launch(), bundle('test/browser/pages/drop-in.ts', true)]);
  });
  afterAll(() => browser?.close());

  const both = async (page: Page, call: string) => [
    await page.evaluate(call.replaceAll('CLASS', 'own')),
    await page.evaluate(call.replaceAll('CLASS', 'made')),
  ];

  test("has every property of the browser's WebSocket", async () => {
    const { page } = await show(browser, code);
    const [own, made] = await both(page, 'shapes(CLASS)');
    expect(made).toEqual(own);
  });

  test("throws the exceptions of the browser's WebSocket", async () => {
    const { page } = await show(browser, code);
    const [own, made] = await both(page, 'refusals(CLASS)');
    expect(made).toEqual(own);
  });

  test.each(['close', ...Object.keys(orders)])("behaves as the browser's WebSocket: %s", async (act) => {
    const { url } = await obedientServer();
    const { page, complaints } = await show(browser, code);
    const [own, made] = await both(page, `life(CLASS, '${url}', '${act}')`);
    expect(made).toEqual(own);
    expect(complaints).toEqual([]);
  });

  test("behaves as the browser's WebSocket without a server", async () => {
    const { page } = await show(browser, code);
    const [own, made] = await both(page, `life(CLASS, 'ws://127.0.0.1:${await closedPort()}', 'none')`);
    expect(made).toEqual(own);
  });
});

test.skipIf(chromiumMissing !== undefined)(
  'drop-in in Chromium: React in StrictMode mounts twice, and leaves one socket',
  async () => {
    const browser = await launch();
    later(() => browser.close());
    const { code } = await bundle('test/browser/pages/strict-mode.ts');
    const { url, server } = await obedientServer();
    const { page, complaints } = await show(browser, code);
    await page.evaluate(`globalThis.root = show('${url}')`);
    await page.waitForFunction(`document.body.innerText.trim() === 'alive'`);
    expect(await page.evaluate('mounts()')).toBe(2);
    // The first dial may have reached the server before it was called off.
    await expect.poll(() => server.clients.size).toBe(1);
    const [left] = server.clients;
    expect(await page.evaluate('[...supervisor.connections].length')).toBe(1);
    const closed = once(left as WebSocket, 'close');
    await page.evaluate('root.unmount()');
    await closed;
    expect(server.clients.size).toBe(0);
    expect(complaints).toEqual([]);
  },
);
