/** A supervisor without its parts: what needs one says so by name. */
import { expect, test } from 'vitest';
import { flightRecorder } from '../../../src/actors/incarnation/flight-recorder.ts';
import { recordings } from '../../../src/actors/incarnation/recordings.ts';
import { streams } from '../../../src/actors/incarnation/streams.ts';
import type { SupervisorOptions } from '../../../src/actors/supervisor/options.ts';
import { createSupervisor } from '../../../src/actors/supervisor/supervisor.ts';
import { timeLimits } from '../../../src/messages/time-limits.ts';
import { line } from '../../../src/protocols/line.ts';
import { withDialogue } from '../../../src/protocols/over.ts';
import { virtualClock } from '../../../src/testing/clock.ts';
import { lineServer } from '../../../src/testing/lines.ts';
import { memoryNetwork } from '../../../src/testing/network/memory.ts';

function bare(options: Partial<SupervisorOptions> = {}) {
  const clock = virtualClock({ seed: 1 });
  const network = memoryNetwork({ clock });
  network.serve('feed', lineServer());
  const supervisor = createSupervisor({
    transports: [network.transport],
    protocols: { line },
    clock,
    ...options,
  });
  return { clock, network, supervisor, spec: { url: 'memory://feed' } };
}

test('part readers: without it a loop over messages is refused by name, and messages$ works', async () => {
  const { clock, supervisor, spec } = bare();
  const connection = supervisor.connect<string>(spec);
  const heard: string[] = [];
  connection.messages$.subscribe((text) => heard.push(text));
  await clock.run(10);
  void connection.send('hello');
  await clock.run(10);
  expect(heard).toEqual(['hello']);
  const error = expect.objectContaining({
    code: 'bad-config',
    message: 'a loop over messages needs the part `readers` of the supervisor',
  });
  expect(() => connection.messages()).toThrow(error);
  expect(() => connection[Symbol.asyncIterator]()).toThrow(error);
});

test('part receipts: without it a message is written, and confirmed rejects by name', async () => {
  const { clock, supervisor, spec } = bare();
  const sent = supervisor.connect<string>(spec).send('hello');
  await clock.run(10);
  const receipt = await sent;
  expect(receipt).toMatchObject({ outcome: 'written', incarnation: 1 });
  await expect(receipt.confirmed).rejects.toMatchObject({
    code: 'bad-config',
    message: 'confirmed needs the part `receipts` of the supervisor',
  });
});

test('part handshakes: without it connect refuses onOpen, and starts nothing', () => {
  const { supervisor, spec } = bare();
  const message = 'onOpen needs the part `handshakes` of the supervisor';
  const refused = expect.objectContaining({ code: 'bad-config', message });
  expect(() => supervisor.connect({ ...spec, onOpen: () => {} })).toThrow(refused);
  expect([...supervisor.connections]).toEqual([]);
});

test('part handshakes: without it a protocol with a handshake ends the connection as bad-config', async () => {
  const { clock, supervisor, spec } = bare();
  const protocol = withDialogue(line(), () => ({ handshake: async () => {} }));
  const connection = supervisor.connect({ ...spec, protocol });
  await clock.run(10);
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'bad-config',
    detail: 'the protocol line needs the part `handshakes` of the supervisor',
  });
});

test.each([
  { full: false },
  { patience: 0 },
  { goodbye: () => undefined },
  { ended: () => undefined },
  { acknowledges: () => undefined },
  { isInternal: () => false },
])('part handshakes: without it a protocol with %o ends the connection as bad-config', async (members) => {
  const { clock, supervisor, spec } = bare();
  const connection = supervisor.connect({ ...spec, protocol: withDialogue(line(), () => members) });
  await clock.run(10);
  await expect(connection.closed).resolves.toMatchObject({
    reason: 'bad-config',
    detail: 'the protocol line needs the part `handshakes` of the supervisor',
  });
});

test('part policies: without it configure of a connection and of a supervisor is refused by name, and changes nothing', async () => {
  const { clock, supervisor, spec } = bare();
  const connection = supervisor.connect<string>(spec);
  await clock.run(10);
  const message = 'configure needs the part `policies` of the supervisor';
  const refused = expect.objectContaining({ code: 'bad-config', message });
  const heartbeat = { interval: '1ms' } as const;
  expect(() => connection.configure({ heartbeat })).toThrow(refused);
  expect(() => supervisor.configure({ heartbeat })).toThrow(refused);
  const heard: unknown[] = [];
  supervisor.events$.subscribe((event) => heard.push(event));
  await clock.run(1000);
  expect([connection.state, heard]).toEqual(['alive', []]);
});

test('part recordings: without it a recorder of a page is refused by name, and a flight recorder needs none', async () => {
  const own = { record: () => ['a tape'], read: (tape: unknown) => tape as never };
  const message = 'a recorder needs the part `recordings` of the supervisor';
  expect(() => bare({ recorder: own })).toThrow(expect.objectContaining({ code: 'bad-config', message }));
  for (const options of [{ recorder: own, parts: [recordings] }, { recorder: flightRecorder() }]) {
    const { clock, supervisor, spec } = bare(options);
    const connection = supervisor.connect(spec);
    await clock.run(10);
    expect(connection.history()).not.toEqual([]);
  }
  const { clock, supervisor, spec } = bare({ recorder: null });
  const connection = supervisor.connect(spec);
  await clock.run(10);
  expect(connection.history()).toEqual([]);
});

test('part streams: without it a long message is one write, and with it slices', async () => {
  for (const [parts, sizes] of [
    [[], [100_001]],
    [[streams], [65_536, 34_465]],
  ] as const) {
    const { clock, supervisor, spec, network } = bare({ parts });
    const written: number[] = [];
    const { transport } = network;
    const dial: typeof transport.dial = (...args) => {
      const socket = transport.dial(...args);
      const { write } = socket;
      socket.write = (chunk, more) => {
        if (chunk.length > 1000) written.push(chunk.length);
        return write.call(socket, chunk, more);
      };
      return socket;
    };
    const connection = supervisor.connect<string>({
      ...spec,
      protocol: line({ maxMessageBytes: 200_000 }),
      transport: { ...transport, dial },
    });
    void connection.send('x'.repeat(100_000));
    await clock.run(10);
    expect(written).toEqual(sizes);
  }
});

test('part probes: without it probe() rejects by name', async () => {
  const { clock, supervisor, spec } = bare();
  const connection = supervisor.connect(spec);
  await clock.run(10);
  await expect(connection.probe()).rejects.toMatchObject({
    code: 'bad-config',
    message: 'probe needs the part `probes` of the supervisor',
  });
});

test('part timeLimits: without it expiresIn, silence and outbox.age are refused by name, and other messages leave', async () => {
  const { clock, supervisor, spec } = bare();
  const connection = supervisor.connect<string>(spec);
  const refused = {
    code: 'bad-config',
    message: 'a limit of time needs the part `timeLimits` of the supervisor',
  };
  await expect(connection.send('hello', { expiresIn: '1s' })).rejects.toMatchObject(refused);
  await expect(connection.send('hello', { silence: '1s' })).rejects.toMatchObject(refused);
  const sent = connection.send('hello', {});
  await clock.run(10);
  await expect(sent).resolves.toMatchObject({ outcome: 'written' });
  const message = 'outbox.age: "1s" is not valid; expected null, or the part `timeLimits` of the supervisor';
  expect(() => bare({ outbox: { age: '1s' } })).toThrow(expect.objectContaining({ message }));
  expect(() => bare({ outbox: { age: '1s' }, parts: [timeLimits] })).not.toThrow();
});
