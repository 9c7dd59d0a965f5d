import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Admission, networkOf } from '../../src/endpoints/admission.ts';

it('admission: handshakes are limited to 1000 by default, connections are not', () => {
  expect(new Admission(undefined).limits).toEqual({
    connections: Number.POSITIVE_INFINITY,
    perAddress: Number.POSITIVE_INFINITY,
    handshakes: 1000,
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('admission: the address %s counts for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('admission: the counts are those of the sockets that entered and did not leave', () => {
  const kind = fc.constantFrom('connections', 'handshakes');
  const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', undefined);
  const sockets = fc.array(fc.tuple(kind, address, fc.boolean()));
  fc.assert(
    fc.property(sockets, (all) => {
      const admission = new Admission({ perAddress: 2, handshakes: 5, connections: 5 });
      const inside: string[] = [];
      for (const [kind, address, leaves] of all) {
        const network = address && networkOf(address);
        const here = inside.filter((name) => name === `${kind} ${network}`).length;
        const total = inside.filter((name) => name.startsWith(kind)).length;
        const broken = total >= 5 ? kind : address !== undefined && here >= 2 ? 'perAddress' : undefined;
        expect(admission.exceeded(kind, address)).toBe(broken);
        if (broken !== undefined) continue;
        admission.enter(kind, address);
        if (leaves) admission.leave(kind, address);
        else inside.push(`${kind} ${network}`);
      }
      expect(admission.connections + admission.handshakes).toBe(inside.length);
    }),
  );
});
