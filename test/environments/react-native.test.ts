/**
 * React Native: a bundle by Metro with React Native's own configuration. Its classes `URL` and `WebSocket` are the real ones, over a
 * module of sockets in Node; and the bundle runs in Hermes.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocketServer } from 'ws';
import { Project, test } from './support/project.ts';
import { type Site, siteOf } from './support/site.ts';

const packages = [
  'react-native@0.88.1',
  'react@19.3.1',
  'metro@0.87.1',
  '@react-native/metro-config@0.88.1',
  '@react-native/babel-preset@0.88.1',
  'hermes-engine-cli@0.12.0',
];

const docs = readFileSync(new URL('../../docs/environments.md', import.meta.url), 'utf8');
/** The sample of the documentation, as a module. */
const sample = /## React Native\n.*?```js\n(.*?)```/s.exec(docs)?.[1] ?? '';

const project = new Project();
let site: Site;

beforeAll(async () => {
  await project.install(packages);
  const programs = ['app.mjs', 'platform.mjs', 'bundle.cjs', 'phone.cjs', 'hermes.js'];
  project.copy('visit.mjs', ...programs.map((name) => `mobile-${name}`));
  project.write('mobile-signals.mjs', `${sample}\nexport { signals };\n`);
  project.write('babel.config.js', "module.exports = { presets: ['module:@react-native/babel-preset'] };");
  project.write('out/.keep', '');
  await project.output(process.execPath, 'mobile-bundle.cjs');
  site = await siteOf(project.folder);
}, 300_000);
afterAll(() => {
  site?.close();
  project.remove();
}, 60_000);

const phone = (...args: readonly string[]) => project.output(process.execPath, 'mobile-phone.cjs', ...args);

test('environments: an app of React Native says hello, and again after its socket was cut', async () => {
  expect(await phone('visit', `${site.socket}?token=x`)).toBe('hello 1, hello 2');
});

test('environments: a WebSocket of React Native sends headers and bytes, and says why a dial was refused', async () => {
  const server = new WebSocketServer({
    ...{ host: '127.0.0.1', port: 0 },
    verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === 'Bearer token',
  });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  expect(await phone('admitted', url)).toBe('unreachable: Unexpected server response: 401, 1,2,255');
  server.close();
});

test('environments: signals of AppState and NetInfo, as documented, make a connection suspect and alive', async () => {
  expect(await phone('signalled', site.socket)).toBe('alive, suspect, alive; 0 listeners');
});

test('environments: phoenixUrl writes a URL where React Native has nothing to write', async () => {
  const url = await phone('phoenixUrl', 'ws://host:80/socket?token=x');
  expect(url).toBe('ws://host/socket/websocket?token=x&vsn=2.0.0');
});

test('environments: require takes the scripts for React Native in CommonJS, as Jest with its preset does', async () => {
  const script = `
    const { createSupervisor } = require('holdfast');
    const { phoenixUrl } = require('holdfast/phoenix');
    console.log(typeof createSupervisor().listen, phoenixUrl('ws://host/socket'));`;
  const said = await project.output(process.execPath, '-C', 'react-native', '-e', script);
  expect(said).toBe('undefined ws://host/socket/websocket?vsn=2.0.0');
});

test('environments: Hermes runs the bundle through an outage of a minute, in virtual time', async () => {
  const bundle = ['mobile-hermes.js', 'out/app.js'].map((file) => readFileSync(project.path(file), 'utf8'));
  project.write('out/hermes.js', `${bundle.join(';\n')};\napp.outage().then(print, print);\n`);
  const hermes = `node_modules/hermes-engine-cli/${process.platform === 'darwin' ? 'osx' : 'linux64'}-bin/hermes`;
  expect(await project.output(hermes, '-w', 'out/hermes.js')).toBe('first, second, 0');
});

test('environments: the compiler of Hermes takes the bundle', async () => {
  const compiler = `node_modules/hermes-compiler/hermesc/${process.platform === 'darwin' ? 'osx' : 'linux64'}-bin/hermesc`;
  await project.output(compiler, '-w', '-O0', '-emit-binary', '-out', 'out/app.hbc', 'out/app.js');
});
