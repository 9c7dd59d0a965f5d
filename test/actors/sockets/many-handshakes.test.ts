/** Thousands of TLS handshakes on one event loop, whose work delays every answer and every timer. */
import { expect, it } from 'vitest';
import { line } from '../../../src/protocols/line.ts';
import { tls } from '../../../src/transport/tls.ts';
import { supervision } from '../../support/supervision.ts';
import { certificate } from '../../transport/peers.ts';

const CONNECTIONS = 2000;

/**
 * Deadlines as by default. Handshakes beyond the limit of 1,000 would be refused, and dial again. A dial has three times
 * 10 s while this loop is late; on a machine that needs longer some end as `connect-timeout`, and dial again too.
 */
it('handshakes: 2,000 TLS accepts and dials on one loop give no handshake-timeout', async () => {
  const transport = tls({ ...certificate, ca: certificate.cert });
  const { supervisor, events } = supervision({ transports: [transport] });
  const { url } = await supervisor.listen({ url: 'tls://127.0.0.1:0', protocol: line() });
  const connections = Array.from({ length: CONNECTIONS }, (_, at) =>
    supervisor.connect({ id: `dialled-${at}`, url, protocol: line() }),
  );
  await Promise.all(connections.map((connection) => connection.ready()));
  expect(connections.filter(({ state }) => state !== 'alive')).toEqual([]);
  await supervisor.stop();
  expect(events.matching({ reason: 'handshake-timeout' })).toEqual([]);
  const late = events.matching({ event: 'reconnect-scheduled' });
  expect(late.length).toBeLessThan(CONNECTIONS / 100);
  expect([events.completed, [...supervisor.connections]]).toEqual([true, []]);
}, 60_000);
