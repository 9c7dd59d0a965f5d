/** The package in other runtimes, from npm: a connection over a restart of its server, and an end that leaves nothing. */
import { afterAll, beforeAll, expect } from 'vitest';
import { client } from './support/client.ts';
import { echoOverTcp, echoOverWebSocket } from './support/echo.ts';
import { Project, test } from './support/project.ts';

/** How each runtime runs a file. Node 20.19 is the oldest of `engines`; Node 22.0 loads no modules by `require`. */
const runtimes: Readonly<Record<string, readonly string[]>> = {
  'Node 20.19': ['node_modules/node20/bin/node'],
  'Node 22.0': ['node_modules/node22/bin/node'],
  'Node 24': ['node_modules/node24/bin/node'],
  'Node 26': ['node_modules/node26/bin/node'],
  Bun: ['node_modules/.bin/bun', 'run'],
  Deno: ['node_modules/.bin/deno', 'run', '-A', '--quiet', '--node-modules-dir=manual'],
};

/** The package `node` itself runs a second npm for each version, which fetches these. */
const node = `npm:node-${process.platform}-${process.arch}`;
const packages = [
  `node20@${node}@20.19.0`,
  `node22@${node}@22.0.0`,
  `node24@${node}@24.22.3`,
  `node26@${node}@26.10.0`,
  'bun@1.4.5',
  'deno@2.9.6',
];
const project = new Project();
beforeAll(async () => {
  await project.install(packages);
  project.write('client.mjs', client);
}, 300_000);
afterAll(() => project.remove(), 60_000);

test.each(
  Object.keys(runtimes).flatMap(
    (name) =>
      [
        [name, 'WebSocket'],
        [name, 'TCP'],
      ] as const,
  ),
)(
  'environments: %s supervises a connection over %s through a restart of the server, and ends by itself',
  async (name, wire) => {
    const server = await (wire === 'TCP' ? echoOverTcp() : echoOverWebSocket());
    const [command = '', ...args] = runtimes[name] ?? [];
    const output = await project.output(command, ...args, 'client.mjs', server.url);
    const heard = ['first', 'second', 'third, heard as 3'];
    expect(JSON.parse(output)).toEqual({ heard, reason: 'closed-by-us' });
    expect(server.heard).toEqual(['first', 'second']);
    await server.close();
  },
);

test.each([
  ['Node 20.19', true],
  ['Node 22.0', false],
  ['Node 24', true],
  ['Node 26', true],
])('environments: require in %s loads the package, as the copy of import: %s', async (name, same) => {
  const script = `
    const { createSupervisor } = require('holdfast');
    import('holdfast').then((module) => console.log(module.createSupervisor === createSupervisor));`;
  expect(await project.output(runtimes[name]?.[0] ?? '', '-e', script)).toBe(String(same));
});
