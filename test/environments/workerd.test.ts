/** The half for browsers in workerd, the runtime of Cloudflare Workers. */
import { build } from 'esbuild';
import { afterAll, beforeAll, expect } from 'vitest';
import { echoOverWebSocket } from './support/echo.ts';
import { Project, test } from './support/project.ts';

const worker = `
import { createSupervisor, websocketText } from 'holdfast';
export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get('url');
    const supervisor = createSupervisor({ reconnect: { backoff: { base: 50, cap: 200 } } });
    const heard = [];
    const until = async (condition) => {
      while (!condition()) await new Promise((go) => setTimeout(go, 20));
    };
    const connection = supervisor.connect({ url, onMessage: (message) => heard.push(message) });
    await connection.ready();
    connection.send('first');
    await until(() => connection.incarnation > 1 && connection.state === 'alive');
    connection.send('second');
    await until(() => heard.length === 2);
    const { reason } = await connection.close();
    await supervisor.stop();
    return Response.json({ heard, reason });
  },
};
`;

/** Runs the worker in a process of its own, as a user's project has miniflare. */
const runner = `
const { Miniflare } = require('miniflare');
const runtime = new Miniflare({ modules: true, scriptPath: 'worker.js', compatibilityDate: '2026-01-01' });
runtime
  .dispatchFetch('http://worker/?url=' + encodeURIComponent(process.argv[2]))
  .then(async (response) => console.log(await response.text()))
  .finally(() => runtime.dispose());
`;

const project = new Project();
beforeAll(async () => {
  await project.install(['miniflare@4.20260730.0']);
  project.write('source.js', worker);
  project.write('run.cjs', runner);
  await build({
    absWorkingDir: project.folder,
    entryPoints: ['source.js'],
    outfile: 'worker.js',
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
  });
}, 300_000);
afterAll(() => project.remove(), 60_000);

test('environments: workerd supervises a connection through a restart of the server', async () => {
  const server = await echoOverWebSocket();
  const output = await project.output(process.execPath, 'run.cjs', server.url);
  expect(JSON.parse(output)).toEqual({ heard: ['first', 'second'], reason: 'closed-by-us' });
  await server.close();
});
