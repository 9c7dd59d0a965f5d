/** `holdfast/nats` against nats-server. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Connection } from '../../src/actors/supervisor/handle.ts';
import { type NatsIn, type NatsMessage, type NatsOut, nats } from '../../src/nats.ts';
import { tls } from '../../src/transport/tls.ts';
import { dataFolder } from './support/folders.ts';
import { describeWith } from './support/installed.ts';
import { natsServer } from './support/nats-server.ts';
import { reply } from './support/replies.ts';
import { scenario } from './support/scenario.ts';
import { watched } from './support/watched.ts';

type Nats = Connection<NatsIn, NatsOut>;

const login = ['--user', 'u', '--pass', 'secret'];
const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Arguments for a configuration of one line. */
function config(line: string): readonly string[] {
  const file = join(dataFolder(), 'nats.conf');
  writeFileSync(file, line);
  return ['--config', file];
}

/** A fixture where the server's user may read it. */
function copied(folder: string, file: string): string {
  copyFileSync(join(fixtures, file), join(folder, file));
  chmodSync(join(folder, file), 0o644);
  return join(folder, file);
}

const isMessage = (message: NatsIn): message is NatsMessage => message.op === 'msg';

async function business(connection: Nats): Promise<void> {
  const message = reply(connection, isMessage);
  await connection.send({ op: 'sub', subject: 'a.*', sid: '7' });
  await connection.send({ op: 'pub', subject: 'a.b', headers: [['x', 'y']], data: 'hello' });
  expect(await message).toMatchObject({
    subject: 'a.b',
    sid: '7',
    headers: [['x', 'y']],
    data: new Uint8Array(Buffer.from('hello')),
  });
  await connection.send({ op: 'unsub', sid: '7' });
}

scenario<NatsIn, NatsOut>({
  name: 'nats',
  programs: ['nats-server'],
  start: () => natsServer({ args: login }),
  connect: ({ address }) => ({
    id: 'nats',
    url: `nats://u:secret@${address}`,
    protocol: nats({ name: 'test' }),
  }),
  wrong: { handshake: { username: 'u', password: 'wrong' } },
  business,
  stopped: ['going-away'],
});

describeWith(['nats-server'], 'nats, more', () => {
  test('nats: in lame duck mode the server is left as going-away, and the next URL of the list is dialled', async () => {
    const servers = [await natsServer(), await natsServer()] as const;
    const { supervisor, sights } = watched({}, () => servers[0].log());
    const url = servers.map(({ address }) => `nats://${address}`) as [string, string];
    const connection = supervisor.connect({ id: 'duck', url, protocol: nats() });
    await sights.within(connection.ready(), 'ready');
    const first = servers.findIndex(({ port }) => port === connection.agreed?.port);
    // SIGUSR2 is `nats-server --signal ldm`.
    process.kill(servers[first]?.pid ?? 0, 'SIGUSR2');
    await sights.sees('its exit', () => sights.exits.length > 0);
    expect(sights.exits).toEqual(['going-away']);
    await sights.within(connection.ready(), 'ready at the other');
    expect(connection.agreed?.port).toBe(servers[1 - first]?.port);
    await supervisor.stop();
  });

  test('nats: agreed is the INFO of the server, and a message over its max_payload is refused', async () => {
    const server = await natsServer({ args: config('max_payload: 100') });
    const { supervisor, sights } = watched({}, () => server.log());
    const connection = supervisor.connect({ id: 'info', url: `nats://${server.address}`, protocol: nats() });
    await sights.within(connection.ready(), 'ready');
    expect(connection.agreed).toMatchObject({ max_payload: 100, headers: true });
    await expect(connection.send({ op: 'pub', subject: 'a', data: 'x'.repeat(101) })).rejects.toMatchObject({
      code: 'bad-message',
    });
    await connection.send({ op: 'pub', subject: 'a', data: 'x'.repeat(100) });
    expect(connection.incarnation).toBe(1);
    await supervisor.stop();
  });

  test('nats: a violation of permissions is a message, and the connection goes on', async () => {
    const users = '{user: u, password: secret, permissions: {publish: "allowed"}}';
    const server = await natsServer({ args: config(`authorization: {users: [${users}]}`) });
    const { supervisor, sights } = watched({}, () => server.log());
    const url = `nats://u:secret@${server.address}`;
    const connection = supervisor.connect({ id: 'permissions', url, protocol: nats() });
    const error = reply(connection, (message): message is NatsIn => message.op === 'error');
    await connection.send({ op: 'pub', subject: 'forbidden', data: '' });
    expect(await sights.within(error, 'the error')).toMatchObject({
      error: expect.stringMatching(/Permissions Violation/),
    });
    expect(await connection.probe()).toBeGreaterThanOrEqual(0);
    expect(connection.incarnation).toBe(1);
    await supervisor.stop();
  });

  test('nats: a token as a text, and a connection over max_connections as going-away', async () => {
    const server = await natsServer({ args: ['--auth', 'secret', ...config('max_connections: 1')] });
    const { supervisor, sights } = watched({}, () => server.log());
    const spec = { url: `nats://${server.address}`, protocol: nats(), credentials: 'secret' };
    await sights.within(supervisor.connect({ id: 'first', ...spec }).ready(), 'ready');
    supervisor.connect({ id: 'second', ...spec });
    await sights.sees('the exit of the second', () => sights.exits.length > 0);
    expect(sights.exits[0]).toBe('going-away');
    await supervisor.stop();
  });

  test('nats: behind a proxy that takes TLS from the first byte on, by a URL tls:', async () => {
    const server = await natsServer();
    const [cert, key] = ['localhost.crt', 'localhost.key'].map((file) => readFileSync(join(fixtures, file)));
    const proxy = createServer({ cert, key }, (socket) => {
      const inside = connect(server.port, '127.0.0.1');
      socket.on('error', () => inside.destroy());
      socket.pipe(inside).pipe(socket);
    });
    const port = await new Promise((resolve) => {
      proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as AddressInfo).port));
    });
    const { supervisor, sights } = watched({}, () => server.log());
    const transport = tls({ ca: cert });
    const connection = supervisor.connect({
      id: 'proxy',
      url: `tls://localhost:${port}`,
      protocol: nats(),
      transport,
    });
    await sights.within(business(connection), 'business');
    await supervisor.stop();
    proxy.close();
  });

  test('nats: a server that wants TLS after its INFO is bad-config', async () => {
    const folder = dataFolder();
    const [cert, key] = ['localhost.crt', 'localhost.key'].map((file) => copied(folder, file));
    const server = await natsServer({ args: ['--tls', '--tlscert', `${cert}`, '--tlskey', `${key}`] });
    const { supervisor, sights } = watched({}, () => server.log());
    const connection = supervisor.connect({ id: 'tls', url: `nats://${server.address}`, protocol: nats() });
    expect(await sights.within(connection.closed, 'the end')).toMatchObject({
      reason: 'bad-config',
      detail: expect.stringContaining('tls_required'),
    });
    await supervisor.stop();
  });
});
