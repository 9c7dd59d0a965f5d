/** The package as npm would publish it, in a project that has nothing else. */
import { afterAll, beforeAll, expect } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { Project, peers, test } from './support/project.ts';

const modules = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json') && path !== './clock-worker')
  .map((path) => path.replace('.', manifest.name));

const roundTrip = `
  import { once } from 'node:events';
  import { createServer } from 'node:net';
  import { createSupervisor, silentLogger } from 'holdfast';
  const server = createServer((socket) => socket.on('data', (data) => socket.write(data))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const supervisor = createSupervisor({ logger: silentLogger });
  const connection = supervisor.connect({
    url: 'tcp://127.0.0.1:' + server.address().port,
    onMessage: (message) => {
      console.log(message);
      void supervisor.stop().then(() => process.exit(0));
    },
  });
  await connection.ready();
  connection.send('hello');
`;

const project = new Project();
beforeAll(() => project.install(peers), 250_000);
afterAll(() => project.remove(), 60_000);

test.each(modules)('tarball: %s can be imported and exports something', async (name) => {
  const script = `console.log(Object.keys(await import('${name}')).length)`;
  expect(Number(await project.output(process.execPath, '--input-type=module', '-e', script))).toBeGreaterThan(
    0,
  );
});

test('tarball: a supervised TCP connection sends a line and receives its echo', async () => {
  project.write('round-trip.mjs', roundTrip);
  expect(await project.output(process.execPath, 'round-trip.mjs')).toBe('hello');
});

test('tarball: holdfast --version prints the version of package.json', async () => {
  const [name, version] = (await project.output('node_modules/.bin/holdfast', '--version')).split(' ');
  expect([name, version]).toEqual(['holdfast', manifest.version]);
});

test('tarball: policy.schema.json can be imported as JSON', async () => {
  const script = `import { createRequire } from 'node:module';
    console.log(createRequire(process.cwd() + '/')('holdfast/policy.schema.json').type)`;
  expect(await project.output(process.execPath, '--input-type=module', '-e', script)).toBe('object');
});
