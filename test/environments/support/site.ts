/** The site of a project: its files under a strict content security policy, and a WebSocket server at the same port. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { WebSocketServer } from 'ws';

const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

export interface Site {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Answers pings, ends the socket that says `cut`, and returns everything else. */
  readonly socket: string;
  close(): void;
}

/** Neither `eval`, inline scripts, nor workers from blobs; nothing but scripts of the site, and sockets to it. */
export const policy = "default-src 'none'; script-src 'self'; connect-src 'self'";

/** The page `/` has the script that its query names, as a module. */
export async function siteOf(folder: string): Promise<Site> {
  const server = createServer(({ url = '' }, response) => {
    const { pathname, search } = new URL(url, 'http://site');
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', types[extname(pathname)] ?? 'text/html; charset=utf-8');
    if (pathname === '/') {
      response.end(
        `<!doctype html><title>page</title><script type="module" src="${search.slice(1)}"></script>`,
      );
      return;
    }
    const file = join(folder, pathname);
    if (extname(file) in types && existsSync(file)) response.end(readFileSync(file));
    else response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => {
      const text = String(data);
      if (text === 'cut') socket.terminate();
      else socket.send(text === 'ping' ? 'pong' : text);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: `http://${place}`,
    socket: `ws://${place}/`,
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * The result of an expression on a page, which must report no error, and no violation of its policy but those of which `violation`
 * is part of the report.
 */
export async function evaluated(
  browser: Browser,
  address: string,
  expression: string,
  violation?: string,
): Promise<unknown> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const isExpected = violation !== undefined && message.text().includes(violation);
    if (/Content Security Policy/.test(message.text()) && !isExpected) complaints.push(message.text());
  });
  await page.goto(address);
  const result = await page.evaluate(expression);
  await page.close();
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  return result;
}
