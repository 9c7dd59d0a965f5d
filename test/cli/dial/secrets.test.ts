/** The compiled executable with secrets of every kind: what others can see of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { deferred } from '../../../src/base/deferred.ts';
import { checkedLines } from '../../support/log-lines.ts';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const linux = { skip: process.platform !== 'linux' };

/** Closes each connection after 100 ms, so that there are exits to tell of. */
async function feed() {
  const authorizations = new Set<unknown>();
  const http = createServer();
  new WebSocketServer({ server: http }).on('connection', (ws, { headers }) => {
    authorizations.add(headers.authorization).add(headers['x-key']).add(headers['x-file']);
    setTimeout(() => ws.close(1013, 'later'), 100);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => void http.close());
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`, authorizations };
}

/** Everything that a viewer of the inspector gets until it has seen a connection move. */
async function seenByInspector(url: string, id: string): Promise<string> {
  const page = await (await fetch(url)).text();
  const socket = new WebSocket(url.replace(/^http(.*)\/\?/, 'ws$1/wire?'));
  let wire = '';
  socket.once('message', () => socket.send(JSON.stringify({ type: 'watch', id })));
  await new Promise<void>((done) => {
    socket.on('message', (data) => {
      wire += data;
      if (['history', '@xstate.transition', 'lifecycle'].every((type) => wire.includes(type))) done();
    });
  });
  socket.terminate();
  return page + wire;
}

test('executable: output, inspector and list of processes show no secret', linux, async () => {
  const { url, authorizations } = await feed();
  const file = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'headers');
  writeFileSync(file, 'X-File: S3CRET\n');
  const args = [url, 'redis://u@127.0.0.1:9', '--inspect', '--interval', '100ms', '--headers-file', file];
  const child = spawn(
    process.execPath,
    [main, 'watch', ...args, '-H', 'X-Key: S3CRET', '--token-env', 'TOKEN'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TOKEN: 'S3CRET', HOLDFAST_PASSWORD: 'S3CRET', HOLDFAST_LOG: 'trace' },
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const exit = once(child, 'exit');
  let shown = '';
  child.stderr.on('data', (data) => (shown += data));
  const inspector = deferred<string>();
  const again = deferred<void>();
  createInterface({ input: checkedLines(child.stdout) }).on('line', (line) => {
    shown += line;
    const { event, url: at, to, incarnation } = JSON.parse(line);
    if (event === 'inspector') inspector.resolve(at);
    if (to === 'alive' && incarnation === 2) again.resolve();
  });
  shown += await seenByInspector(await inspector.promise, url);
  await again.promise;
  const listed = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').replaceAll('\0', '');
  child.kill('SIGINT');
  expect(await exit).toEqual([0, null]);
  expect(listed).toContain(`-H X-Key: *** --token-env TOKEN`);
  expect(shown + listed).not.toContain('S3CRET');
  expect(authorizations).toEqual(new Set(['Bearer S3CRET', 'S3CRET']));
});
