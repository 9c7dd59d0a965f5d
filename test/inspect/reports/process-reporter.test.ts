/** `reportTo` of `holdfast/inspect`: by the environment, with the process's id, and without keeping the process running. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { reportTo } from '../../../src/inspect/process-reporter.ts';
import { createSupervisor } from '../../../src/presets/node.ts';
import { later } from '../../transport/peers.ts';
import { inspected, Visitor } from '../visitor.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function supervised() {
  const supervisor = createSupervisor({ logger: silentLogger });
  later(() => supervisor.stop());
  return supervisor;
}

async function inspectorOfReports() {
  const inspector = await inspected(undefined, { reports: true });
  return { inspector, url: inspector.reportUrl ?? '' };
}

test('reportTo in Node: reports to the inspector in HOLDFAST_INSPECT, with the id of the process', async () => {
  const { inspector, url } = await inspectorOfReports();
  vi.stubEnv('HOLDFAST_INSPECT', url);
  const supervisor = supervised();
  supervisor.connect({ id: 'feed', url: 'tcp://127.0.0.1:9' });
  const visitor = new Visitor(inspector);
  const reporter = reportTo(supervisor, { name: 'prices' });
  await vi.waitFor(() =>
    expect(visitor.all('reporter')).toContainEqual(
      expect.objectContaining({ reporter: 'prices', status: 'reporting', pid: process.pid }),
    ),
  );
  expect(reporter.connected).toBe(true);
  await supervisor.stop();
  await vi.waitFor(() => expect(visitor.all('reporter').at(-1)).toMatchObject({ status: 'gone' }));
});

test('reportTo in Node: without a URL does nothing, and is called what its script is by default', async () => {
  vi.stubEnv('HOLDFAST_INSPECT', '');
  const idle = reportTo(supervised());
  expect(idle.connected).toBe(false);
  idle.stop();
  const { inspector, url } = await inspectorOfReports();
  const visitor = new Visitor(inspector);
  reportTo(supervised(), { url });
  const script = process.argv[1]?.split('/').at(-1);
  await vi.waitFor(() => expect(visitor.all('reporter')[0]).toMatchObject({ reporter: script }));
});

test('reportTo in Node: a wrong URL is named by where it comes from, and not shown', () => {
  const supervisor = supervised();
  expect(() => reportTo(supervisor, { url: 'http://secret' })).toThrow(/^url: "\*\*\*" is not valid/);
  vi.stubEnv('HOLDFAST_INSPECT', 'secret');
  expect(() => reportTo(supervisor)).toThrow(
    /^HOLDFAST_INSPECT: "\*\*\*" is not valid; expected the reportUrl/,
  );
  expect(() => reportTo(supervisor, { name: '' })).toThrow(/name: "" is not valid/);
});

const program = `
  import { createSupervisor } from 'holdfast';
  import { reportTo } from 'holdfast/inspect';
  const reporter = reportTo(createSupervisor());
  const wait = setInterval(() => {
    if (!reporter.connected && process.argv[2] === 'connected') return;
    clearInterval(wait);
    console.log('done');
  }, 10);
`;

test.each([
  ['connected', 'an inspector that is there'],
  ['alone', 'an inspector that is not'],
])('reportTo in Node: a process ends by itself while it is %s to %s', async (how) => {
  const { url } = await inspectorOfReports();
  const target = how === 'alone' ? url.replace(/:\d+\//, ':9/') : url;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', 'x', how], {
    cwd: root,
    env: { ...process.env, HOLDFAST_INSPECT: target },
  });
  later(() => void child.kill('SIGKILL'));
  const out = text(child.stdout);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await out).toBe('done\n');
});
