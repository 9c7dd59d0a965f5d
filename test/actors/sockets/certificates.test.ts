/** `listener.update()`: another certificate, while connections live. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import type { Certificate } from '../../../src/ports/transport.ts';
import { line } from '../../../src/protocols/line.ts';
import { tls } from '../../../src/transport/tls.ts';
import { webSocketOverWs } from '../../../src/transport/websocket-ws.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate, fixture, later, placeOf } from '../../transport/peers.ts';

/** Valid for one day in 2020, with the same key. */
const other: Certificate = { cert: fixture('expired.crt'), key: certificate.key };

const otherKey = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

async function listening(scheme: string) {
  const transports = [tls(certificate), webSocketOverWs(certificate)];
  const here = supervision({ transports });
  const protocol = scheme === 'wss' ? 'websocket' : line();
  return { ...here, listener: await here.supervisor.listen({ url: `${scheme}://127.0.0.1:0`, protocol }) };
}

async function dial(url: string): Promise<TLSSocket> {
  const socket = connectTls({ ...placeOf(url), rejectUnauthorized: false }).on('error', () => {});
  later(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

async function shownBy(url: string): Promise<string> {
  const socket = await dial(url);
  const { valid_to } = socket.getPeerCertificate();
  socket.destroy();
  return valid_to.slice(-8, -4);
}

it.each(['tls', 'wss'])(
  'certificates: update() of a %s listener counts for new handshakes',
  async (scheme) => {
    const { supervisor, listener } = await listening(scheme);
    expect(await shownBy(listener.url)).toBe('2120');
    const early = await dial(listener.url);
    listener.update(other);
    expect(await shownBy(listener.url)).toBe('2020');
    expect(early.destroyed).toBe(false);
    early.destroy();
    await supervisor.stop();
  },
);

it('certificates: a live connection stays through update()', async () => {
  const { listener, events } = await listening('tls');
  const peer = await dial(listener.url);
  await events.saw({ event: 'state', to: 'alive' });
  listener.update(other);
  peer.write('PING\n');
  expect(String((await once(peer, 'data'))[0])).toBe('PONG\n');
});

it.each([
  ['no PEM', { ...certificate, cert: 'no certificate' }, 'cert'],
  ['a key of another certificate', { ...certificate, key: otherKey }, 'key'],
  ['a key in place of the certificate', { ...certificate, cert: certificate.key }, 'cert'],
  ['no key', { cert: certificate.cert }, 'key'],
  ['another field', { ...certificate, ca: '' }, 'ca'],
  ['nothing', undefined, 'certificate'],
])('certificates: update() with %s throws, and the old certificate stays', async (_, given, path) => {
  const { listener } = await listening('tls');
  let thrown: unknown;
  try {
    listener.update(given as Certificate);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'bad-config', problems: [{ path }] });
  expect(String(thrown)).not.toContain('PRIVATE');
  expect(await shownBy(listener.url)).toBe('2120');
});

it('certificates: update() of a listener without TLS throws', async () => {
  const { listener } = await listening('tcp');
  expect(() => listener.update(certificate)).toThrow('of tls: or wss:');
});
