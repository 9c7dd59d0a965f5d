/** Tests of an SDK under Jest: its defaults, ts-jest, and jsdom. */
import { afterAll, beforeAll, expect } from 'vitest';
import { echoOverWebSocket } from './support/echo.ts';
import { Project, test } from './support/project.ts';

/** An SDK under test, in virtual time: an outage of a minute passes in milliseconds. */
const virtual = `
test('an outage of a minute', async () => {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  network.serve('feed', lineServer(() => {}));
  const supervisor = createSupervisor({ clock, transports: [network.transport], logger: silentLogger });
  const feed = supervisor.connect({ url: 'memory://feed', protocol: line() });
  await reaches(feed, 'alive', clock, 1000);
  network.host('feed').down();
  await clock.run(60000);
  expect(feed.state).not.toBe('alive');
  network.host('feed').up();
  await reaches(feed, 'alive', clock, 60000);
  const stopped = supervisor.stop();
  await clock.run(5000);
  await stopped;
  expect(clock.pending).toBe(0);
});
`;
/** The same in the fake time of Jest, which the system clock reads when the test has it. */
const fake = `
const { createSupervisor, line, silentLogger, systemClock } = require('holdfast');
const { lineServer, memoryNetwork } = require('holdfast/testing');

test('an outage of a minute in the fake time of Jest', async () => {
  jest.useFakeTimers();
  const network = memoryNetwork({ clock: systemClock });
  network.serve('feed', lineServer(() => {}));
  const supervisor = createSupervisor({ transports: [network.transport], logger: silentLogger });
  const feed = supervisor.connect({ url: 'memory://feed', protocol: line() });
  await jest.advanceTimersByTimeAsync(1000);
  expect(feed.state).toBe('alive');
  network.host('feed').down();
  await jest.advanceTimersByTimeAsync(60000);
  expect(feed.state).not.toBe('alive');
  network.host('feed').up();
  await jest.advanceTimersByTimeAsync(60000);
  expect(feed.state).toBe('alive');
  const stopped = supervisor.stop();
  await jest.advanceTimersByTimeAsync(5000);
  await stopped;
  expect(jest.getTimerCount()).toBe(0);
});
`;
const kit = 'lineServer, memoryNetwork, reaches, virtualClock';
const commonJs = `
const { createSupervisor, line, silentLogger } = require('holdfast');
const { ${kit} } = require('holdfast/testing');
${virtual}
`;
const typed = `
import { createSupervisor, line, silentLogger } from 'holdfast';
import { ${kit} } from 'holdfast/testing';
${virtual}
`;

/** jsdom has a WebSocket, no TextEncoder, and takes the half for browsers. */
const page = `
const { createSupervisor, isHoldfastError } = require('holdfast');

test('a page talks to a server', async () => {
  const supervisor = createSupervisor();
  expect(supervisor.listen).toBeUndefined();
  const heard = new Promise((resolve) => {
    void supervisor.connect({ url: process.env.FEED, onMessage: resolve }).send('hello');
  });
  expect(await heard).toBe('hello');
  expect(() => supervisor.connect({ url: 'http://feed' })).toThrow(/http/);
  try {
    supervisor.connect({ url: 7 });
  } catch (error) {
    expect(isHoldfastError(error)).toBe(true);
  }
  await supervisor.stop();
});
`;

const project = new Project();
beforeAll(async () => {
  const packages = [
    'jest@30.5.2',
    'ts-jest@29.4.15',
    'jest-environment-jsdom@30.5.2',
    'typescript@5.9.3',
    '@types/jest@30',
  ];
  await project.install([...packages, '@types/node@20']);
  project.write('common-js.test.js', commonJs);
  project.write('page.test.js', page);
  project.write('fake.test.js', fake);
  project.write('typed.test.ts', typed);
  const compilerOptions = { module: 'node16', moduleResolution: 'node16', target: 'es2022', strict: true };
  project.write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['jest', 'node'] } }),
  );
}, 300_000);
afterAll(() => project.remove(), 60_000);

const jest = (...args: string[]) => project.output('node_modules/.bin/jest', '--ci', ...args);

test('environments: Jest with its defaults runs tests in virtual time', async () => {
  await jest('common-js.test.js');
});

test('environments: fake timers of Jest move the system clock', async () => {
  await jest('fake.test.js');
});

test('environments: Jest with jsdom runs a page against a real server', async () => {
  const server = await echoOverWebSocket();
  process.env.FEED = server.url;
  await jest('--env=jsdom', 'page.test.js');
  expect(server.heard).toEqual(['hello']);
  await server.close();
});

test('environments: ts-jest checks and runs typed tests in virtual time', async () => {
  await jest('--preset=ts-jest', 'typed.test.ts');
});

test('environments: CommonJS of Node gets the same copy as its modules', async () => {
  const script = `
    const required = require('holdfast');
    import('holdfast').then((imported) => console.log(required.createSupervisor === imported.createSupervisor));`;
  expect(await project.output(process.execPath, '-e', script)).toBe('true');
});
