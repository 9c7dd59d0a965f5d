/** What `identify` gets of real clients: headers, query and subprotocols of the upgrade, and the credentials of the hello. */
import { expect, test } from 'vitest';
import { createSupervisor, Refused, silentLogger } from '../../../src/index.ts';
import { framed } from '../../../src/protocols/framed.ts';
import { websocket } from '../../../src/protocols/websocket.ts';
import type { IdentityRequest } from '../../../src/sessions/accept-options.ts';
import { session } from '../../../src/sessions/both.ts';

async function seen(scheme: 'tcp' | 'ws', credentials: unknown, refuse = false) {
  const beneath = scheme === 'ws' ? websocket() : framed();
  const requests: IdentityRequest[] = [];
  const server = createSupervisor({ logger: silentLogger });
  const identities: string[] = [];
  const listener = await server.listen({
    url: `${scheme}://127.0.0.1:0`,
    protocol: session(beneath, {
      identify(request) {
        requests.push(request);
        if (refuse) throw new Refused({ reason: 'unauthorized' });
        return 'ann';
      },
      onSession(opened) {
        identities.push(opened.identity);
        opened.onMessage = () => {};
      },
    }),
  });
  const client = createSupervisor({ logger: silentLogger });
  const connection = client.connect({
    url: scheme === 'ws' ? `${listener.url}?room=7` : listener.url,
    protocol: session(beneath),
    ...(scheme === 'ws' && { protocols: ['chat', 'superchat'] }),
    credentials: credentials as string,
  });
  const outcome = await connection.send('hello').then(
    ({ confirmed }) => confirmed,
    (error) => error.outcome,
  );
  const exit = refuse ? await connection.closed : undefined;
  await client.stop();
  await server.stop();
  return { request: requests[0], identities, outcome, exit };
}

test('a WebSocket: the upgrade, and a text as bearer token and in the hello', async () => {
  const { request, identities, outcome } = await seen('ws', 'secret');
  expect(request?.headers.authorization).toBe('Bearer secret');
  expect(request?.query.get('room')).toBe('7');
  expect(request?.subprotocols).toEqual(['chat', 'superchat']);
  expect(request).toMatchObject({ credentials: 'secret', certificate: undefined, authorized: false });
  expect([identities, outcome]).toEqual([['ann'], 'confirmed']);
});

test('a stream of bytes: the part for handshakes', async () => {
  const { request, outcome } = await seen('tcp', { handshake: { user: 'ann', key: [1, 2] } });
  expect(request).toMatchObject({ headers: {}, subprotocols: [], credentials: { user: 'ann', key: [1, 2] } });
  expect([...(request?.query ?? [])]).toEqual([]);
  expect(outcome).toBe('confirmed');
});

test('a client that is turned away is unauthorized, and its messages were never sent', async () => {
  const { outcome, exit } = await seen('tcp', 'stranger', true);
  expect(outcome).toBe('never-sent');
  expect(exit).toMatchObject({ reason: 'unauthorized', class: 'fatal' });
});
