import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clients } from '../../src/cli/protocols.ts';
import { FakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));

/** A module of the user; returns its path from the working directory. */
function module(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('.') ? fromHere : `./${fromHere}`;
}

/**
 * Lines with `?` and `!` as heartbeats. A log-in is the line `user password`, answered with `ok`. The accepting side takes
 * any.
 */
const acme = `
export function protocol() {
  return {
    name: 'acme',
    modes: { dial: 'probe', accept: 'listen' },
    schemes: { acme: { over: 'tcp', port: 7777 } },
    open: () => {
      let rest = '';
      return {
        decoder: {
          midFrame: false,
          push(chunk, sink) {
            const lines = (rest + String.fromCharCode(...chunk)).split('\\n');
            rest = lines.pop();
            for (const line of lines) sink.frame(line);
          },
        },
        encode: bytes,
        ping: () => bytes('?'),
        pong: () => bytes('!'),
        isHeartbeat: (frame) => frame === '?' ? { kind: 'ping' } : frame === '!' && { kind: 'pong' },
        async handshake(io) {
          if (io.side === 'accept') return;
          const { username = '', password = '', token } = io.credentials?.handshake ?? {};
          io.send(token ? username + ' token ' + token : username + ' ' + password);
          await io.receive();
        },
      };
    },
  };
}
function bytes(line) {
  return Uint8Array.from(line + '\\n', (letter) => letter.charCodeAt(0));
}
`;

/** A server of `acme`; resolves with its URL, and keeps the log-ins. */
async function acmeServer() {
  const logins: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const line of String(data).slice(0, -1).split('\n')) {
        if (line !== '?') logins.push(line);
        socket.write(line === '?' ? '!\n' : 'ok\n');
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { logins, port };
}

const path = module('acme.mjs', acme);

describe('protocols of URLs', () => {
  test.each(Object.entries(clients))(
    'the schemes of %s are those of its protocol, which accepts no connections',
    async (name, { schemes, load }) => {
      const protocol = await load();
      expect(protocol.name).toBe(name);
      expect(Object.keys(protocol.schemes ?? {})).toEqual(schemes);
      const io = new FakeIo();
      expect(await io.run('serve', `${schemes[0]}://127.0.0.1:0`)).toBe(2);
      expect(io.err).toMatch(
        /^holdfast: protocol: ".*" is not valid; expected a protocol that accepts connec/,
      );
    },
  );

  test.each<[args: string, expected: RegExp]>([
    ['watch mqtt://', /^holdfast: url: "mqtt:\/\/" is not valid; expected a host, as in mqtt:\/\/host$/],
    [
      'watch nats:broker',
      /^holdfast: url: "nats:broker" is not valid; expected a host, as in nats:\/\/host$/,
    ],
    ['watch amqp://u:secret@host:99999', /^holdfast: url: "amqp:\/\/\*\*\*" .* a port from 1 to 65535$/],
    [
      'watch amqp://u:secret@host:0',
      /^holdfast: url: "amqp:\/\/\*\*\*@host:0" .* a port from 1 to 65535, as in/,
    ],
    ['watch gopher://h', /expected a scheme that is known here: tcp, .*, wss, .*mqtt, mqtts, nats/],
    ['watch nats://h --protocol line', /^holdfast: --protocol: "line" .* none, as the URLs name it: nats$/],
    ['serve tcp://127.0.0.1:0 --protocol nats', /^holdfast: protocol: "nats" .* accepts connections/],
    ['watch tcp://u:secret@h:1 --protocol nats', /^holdfast: url: "tcp:\/\/\*\*\*@h:1" .* no credentials/],
  ])('holdfast %s is refused in one line', async (args, expected) => {
    const io = new FakeIo();
    expect(await io.run(...args.split(' '))).toBe(2);
    expect(io.err.trimEnd()).toMatch(expected);
    expect(io.err.trimEnd()).not.toMatch(/\n|secret/);
    expect(io.out).toBe('');
  });
});

describe('--protocol with a module', () => {
  test('holdfast watch: a protocol of the user serves the scheme that it brings', async () => {
    const io = new FakeIo();
    const { logins, port } = await acmeServer();
    const url = `acme://me:s%20cret@127.0.0.1:${port}`;
    expect(await io.run('watch', url, '--protocol', path, '--for', '200ms')).toBe(0);
    expect(io.lines.map(({ to }) => to)).toContain('alive');
    expect(logins).toEqual(['me s cret']);
    expect(io.out).toContain(`"url":"acme://***@127.0.0.1:${port}"`);
    expect(io.out).not.toContain('cret');
  });

  test('holdfast watch: --protocol is for the URLs whose scheme names none', async () => {
    const io = new FakeIo();
    const { logins, port } = await acmeServer();
    const policy = join(folder, 'once.json');
    writeFileSync(policy, '{"reconnect":{"maxAttempts":0}}');
    const args = [`tcp://127.0.0.1:${port}`, `nats://127.0.0.1:${port}`, '--protocol', path];
    expect(await io.run('watch', ...args, '--config', policy, '--for', '300ms')).toBe(0);
    const alive = io.lines.filter(({ to }) => to === 'alive').map(({ connection }) => connection);
    expect(alive).toEqual([`tcp://127.0.0.1:${port}`]);
    expect(logins).toEqual([' ']);
  });

  test('holdfast serve: a protocol of the user accepts, and its scheme has its default port', async () => {
    const io = new FakeIo();
    const serving = io.run('serve', 'acme://127.0.0.1:0', '--protocol', path, '--for', '1s');
    const { url } = await io.line(({ event }) => event === 'listening');
    const client = new FakeIo();
    const target = String(url).replace('tcp:', 'acme:');
    expect(await client.run('watch', target, '--protocol', path, '--for', '300ms')).toBe(0);
    expect(client.lines.map(({ to }) => to)).toContain('alive');
    expect(await serving).toBe(0);
    const none = new FakeIo();
    const watching = none.run('watch', 'acme://localhost', '--protocol', path, '--for', '100ms');
    expect(await none.line(({ to }) => to === 'closing')).toMatchObject({
      detail: expect.stringContaining(':7777'),
    });
    expect(await watching).toBe(0);
  });

  test.each<[name: string, text: string, ...lines: RegExp[]]>([
    [
      'empty',
      '',
      /: "[^"]*" is not valid; expected a module with an export "protocol", or a default export$/,
    ],
    ['number', 'export default 7;', /expected a module that exports a protocol, or .* \(got a number\)$/],
    ['nothing', 'export const protocol = () => {};', /a function that returns one \(got undefined\)$/],
    ['throws', 'throw new Error("no\\nlicence");', /expected a module that loads \(no licence\)$/],
    ['made', 'export default () => { throw new Error("seven") };', /expected a module that loads \(seven\)$/],
    ['lacks', 'import "./none.mjs";', /expected a module that loads \(.*none\.mjs.*\)$/],
    [
      'fields',
      `export default {
        name: '', identity: 7, carrier: 'pigeons', modes: { dial: 'sometimes' }, takesCredentials: 'no', encode: 1,
        measure: 2, schemes: { 'acme:': { over: 'http', port: 0, subprotocols: 'v1' } },
      };`,
      /: name: "" is not valid; expected a text$/,
      /: identity: 7 is not valid; expected a text, or none$/,
      /: carrier: "pigeons" is not valid; expected bytes or messages$/,
      /: modes\.dial: "sometimes" is not valid; expected probe, listen, announce, exchange or null$/,
      /: modes\.accept: undefined is not valid; expected probe/,
      /: takesCredentials: "no" is not valid; expected true or false$/,
      /: open: undefined is not valid; expected a function$/,
      /: encode: 1 is not valid; expected a function, or none$/,
      /: measure: 2 is not valid; expected a function, or none$/,
      /: schemes\.acme:: "acme:" is not valid; expected a scheme in lower case, without the colon$/,
      /: schemes\.acme:\.over: "http" is not valid; expected one of tcp, tls, ws, wss$/,
      /: schemes\.acme:\.port: 0 is not valid; expected a port from 1 to 65535, or none$/,
      /: schemes\.acme:\.subprotocols: "v1" is not valid; expected a list of texts, or none$/,
    ],
  ])('a module that is wrong (%s) is refused with a line for each problem', async (name, text, ...lines) => {
    const io = new FakeIo();
    const file = module(`${name}.mjs`, text);
    expect(await io.run('watch', 'acme://host', '--protocol', file)).toBe(2);
    const expected = lines.map((line) =>
      expect.stringMatching(new RegExp(`^holdfast: --protocol.*${line.source}`)),
    );
    expect(io.err.trimEnd().split('\n')).toEqual(expected);
  });

  test('a file that does not exist is refused with the place where it was looked for', async () => {
    const io = new FakeIo();
    expect(await io.run('check', '-', '--protocol', './none.js')).toBe(2);
    expect(io.err).toBe(
      `holdfast: --protocol: "./none.js" is not valid; expected the path of a module (no such file: ${join(process.cwd(), 'none.js')})\n`,
    );
  });

  test('modules in CommonJS, default exports and async functions are taken, too', async () => {
    const text = acme.replace('export function', 'function');
    for (const file of [
      module('acme.cjs', `${text} module.exports = { protocol };`),
      module('whole.cjs', `${text} module.exports = protocol();`),
      module('async.mjs', `${text} export default async () => protocol();`),
    ]) {
      const io = new FakeIo();
      const { port } = await acmeServer();
      expect(await io.run('watch', `acme://127.0.0.1:${port}`, '--protocol', file, '--for', '100ms')).toBe(0);
      expect(io.lines.map(({ to }) => to)).toContain('alive');
    }
  });
});

describe('HOLDFAST_USER, HOLDFAST_PASSWORD and HOLDFAST_TOKEN', () => {
  const env = { HOLDFAST_USER: 'root', HOLDFAST_PASSWORD: 'hunter2' };

  test.each<[title: string, user: string, env: Record<string, string>, login: string]>([
    ['both of the environment', '', env, 'root hunter2'],
    ['the user of the URL and the password of the environment', 'me@', env, 'me hunter2'],
    ['both of the URL', 'me:own@', env, 'me own'],
    ['a password of the URL alone', ':own@', env, ' own'],
    ['a password of the environment alone', '', { HOLDFAST_PASSWORD: 'hunter2' }, ' hunter2'],
    ['a user of the environment alone', '', { HOLDFAST_USER: 'root' }, 'root '],
    ['a token of the environment', '', { HOLDFAST_TOKEN: 'hunter2' }, ' token hunter2'],
    ['the user of the URL and a token', 'me@', { HOLDFAST_TOKEN: 'hunter2' }, 'me token hunter2'],
    ['a password of the URL and no token', 'me:own@', { HOLDFAST_TOKEN: 'hunter2' }, 'me own'],
    ['nothing', '', { HOLDFAST_USER: '', HOLDFAST_PASSWORD: '' }, ' '],
  ])('holdfast watch: %s', async (_, user, variables, login) => {
    const io = new FakeIo();
    Object.assign(io.env, variables, { HOLDFAST_LOG: 'trace' });
    const { logins, port } = await acmeServer();
    const url = `acme://${user}127.0.0.1:${port}`;
    expect(await io.run('watch', url, '--protocol', path, '--for', '100ms')).toBe(0);
    expect(logins).toEqual([login]);
    expect(io.out + io.err).not.toMatch(/hunter2|root|own@/);
  });

  test('holdfast watch: protocols without a log-in ignore them', async () => {
    const io = new FakeIo();
    Object.assign(io.env, env);
    const { logins, port } = await acmeServer();
    expect(await io.run('watch', `tcp://127.0.0.1:${port}`, '--for', '100ms')).toBe(0);
    expect(logins).toEqual(['PING']);
  });
});

describe('holdfast check --protocol', () => {
  const checked = async (policy: object, ...args: string[]) => {
    const io = new FakeIo();
    const file = join(folder, 'policy.json');
    writeFileSync(file, JSON.stringify(policy));
    return { code: await io.run('check', file, ...args), io };
  };

  test('shows how the protocol takes part in heartbeats', async () => {
    const { code, io } = await checked({}, '--protocol', path);
    expect(code).toBe(0);
    expect(io.out).toContain('the protocol acme: probe where it dials, listen where it accepts');
    const json = await checked({ heartbeat: { interval: null } }, '--protocol', 'framed', '--json');
    expect(JSON.parse(json.io.out).protocol).toEqual({ name: 'framed', dial: null, accept: null });
  });

  test('refuses a mode that the protocol does not have', async () => {
    const { code, io } = await checked({ heartbeat: { mode: 'probe' } }, '--protocol', 'framed', '--json');
    expect(code).toBe(2);
    expect(io.err).toMatch(
      /^holdfast: heartbeat\.mode: "probe" .* as the protocol framed has no answer to a probe\n$/,
    );
    expect(JSON.parse(io.out)).toMatchObject({ valid: false, problems: [{ path: 'heartbeat.mode' }] });
  });
});
