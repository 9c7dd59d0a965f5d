/** The example page, served by its own server, in a real process that is restarted and frozen. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { chromiumMissing, launch } from '../support/chromium.ts';
import { closedPort, later } from '../transport/peers.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function serve(port: number): Promise<ChildProcess> {
  const args = ['--import', 'tsx', 'examples/status-page/serve.ts', String(port)];
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, HOLDFAST_LOG: 'error' } });
  later(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test.each(['examples/status-page', 'test/browser/dom'])('%s compiles for a browser', async (folder) => {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  const checked = promisify(execFile)(process.execPath, [tsc, '-p', folder], { cwd: root });
  await expect(checked.catch(({ stdout }) => Promise.reject(new Error(stdout)))).resolves.toBeDefined();
});

describe.skipIf(chromiumMissing !== undefined)('the page of the example', () => {
  test('shows a frozen, a stopped and a restarted server', async () => {
    const port = await closedPort();
    const first = await serve(port);
    const browser = await launch();
    later(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const shows = (id: string, pattern: string) =>
      page.waitForFunction(`/${pattern}/.test(document.getElementById('${id}').textContent)`);
    await shows('state', 'alive');
    await shows('message', 'tick 1');
    first.kill('SIGSTOP');
    await shows('state', 'suspect');
    first.kill('SIGCONT');
    await shows('state', 'alive');
    expect(await page.textContent('#sockets')).toBe('1');
    first.kill('SIGKILL');
    await shows('next', 'attempt');
    await serve(port);
    await shows('state', 'alive');
    await shows('message', 'tick 1');
    expect(await page.textContent('#next')).toBe('none');
  });
});
