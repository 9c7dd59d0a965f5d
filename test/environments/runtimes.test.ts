/** The package in other runtimes, from npm: a connection over a restart of its server, and an end that leaves nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { client } from './support/client.ts';
import { echoOverTcp, echoOverWebSocket } from './support/echo.ts';
import { Project } from './support/project.ts';

/** How each runtime runs a file. */
const runtimes: Readonly<Record<string, readonly string[]>> = {
  'Node 20': [process.execPath],
  'Node 22': ['node_modules/node22/bin/node'],
  'Node 24': ['node_modules/node24/bin/node'],
  'Node 26': ['node_modules/node26/bin/node'],
  Bun: ['node_modules/.bin/bun', 'run'],
  Deno: ['node_modules/.bin/deno', 'run', '-A', '--quiet', '--node-modules-dir=manual'],
};

const packages = [
  'node22@npm:node@22',
  'node24@npm:node@24',
  'node26@npm:node@26',
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
