import { describe, expect, it, vi } from 'vitest';
import type { Socket, SocketSink, Transport } from '../../src/ports/transport.ts';
import { deferredTransport } from '../../src/transport/deferred-transport.ts';
import { RecordingSink } from './recording-sink.ts';

const facts = {
  name: 'late',
  schemes: ['late'],
  provedByOpening: false,
  defaultProtocol: 'line',
  check: () => undefined,
};
const url = new URL('late://host');

/** A transport that opens at once, and the calls that its sockets got. */
function late() {
  const calls: string[] = [];
  const socketOf = (sink: SocketSink<Uint8Array>): Socket<Uint8Array> => ({
    write: () => void calls.push('write'),
    end: () => void calls.push('end'),
    destroy: () => {
      calls.push('destroy');
      queueMicrotask(() => sink.closed());
    },
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    gather: () => void calls.push('gather'),
    bytesRead: 7,
    frees: true,
    takesWhole: true,
  });
  const open = (how: string, sink: SocketSink<Uint8Array>) => {
    calls.push(how);
    queueMicrotask(() => sink.opened());
    return socketOf(sink);
  };
  const transport: Transport = {
    ...facts,
    dial: (_target, sink) => open('dial', sink),
    adopt: (_raw, sink) => open('adopt', sink),
    listen: async () => ({ url: 'late://here', close: async () => {} }),
  };
  const load = vi.fn(async () => transport);
  return { calls, load, deferred: deferredTransport(facts, load) };
}

describe('a deferred transport', () => {
  it('loads its module once for many dials', async () => {
    const { calls, load, deferred } = late();
    expect(load).not.toHaveBeenCalled();
    const sinks = [new RecordingSink<Uint8Array>(), new RecordingSink<Uint8Array>()];
    for (const sink of sinks) deferred.dial({ url }, sink);
    for (const sink of sinks) await sink.saw('opened');
    const third = new RecordingSink<Uint8Array>();
    deferred.dial({ url }, third);
    expect(calls).toEqual(['dial', 'dial', 'dial']);
    expect(load).toHaveBeenCalledOnce();
  });

  it('passes the calls of the socket on', async () => {
    const { calls, deferred } = late();
    const sink = new RecordingSink<Uint8Array>();
    const socket = deferred.dial({ url }, sink);
    expect(socket).toMatchObject({ bytesRead: undefined, frees: undefined, takesWhole: false });
    await sink.saw('opened');
    expect(socket).toMatchObject({ bytesRead: 7, frees: true, takesWhole: true });
    socket.gather?.();
    socket.write(new Uint8Array(1), false);
    socket.pause();
    socket.resume();
    socket.end();
    socket.destroy();
    expect(calls).toEqual(['dial', 'gather', 'write', 'pause', 'resume', 'end', 'destroy']);
  });

  it('applies a pause from before the load', async () => {
    const { calls, deferred } = late();
    const sink = new RecordingSink<Uint8Array>();
    deferred.dial({ url }, sink).pause();
    await sink.saw('opened');
    expect(calls).toEqual(['dial', 'pause']);
  });

  it.each(['end', 'destroy'] as const)('does not dial when %s was called during the load', async (how) => {
    const { calls, deferred } = late();
    const sink = new RecordingSink<Uint8Array>();
    const socket = deferred.dial({ url }, sink);
    expect(socket.write(new Uint8Array(1), false)).toBe(false);
    socket[how]();
    await sink.saw('closed');
    expect(sink.calls).toEqual(['closed']);
    expect(calls).toEqual([]);
  });

  it('whose module fails to load fails dials as bad-config and rejects listen', async () => {
    const deferred = deferredTransport(facts, () => Promise.reject(new Error('not installed')));
    const sink = new RecordingSink<Uint8Array>();
    deferred.dial({ url }, sink);
    await sink.saw('closed');
    expect(sink.failures).toMatchObject([{ reason: 'bad-config', detail: 'not installed' }]);
    await expect(deferred.listen(url, { accepted() {}, failed() {} })).rejects.toThrow('not installed');
  });

  it('adopts sockets only after listen', async () => {
    const { calls, deferred } = late();
    const early = new RecordingSink<Uint8Array>();
    deferred.adopt({}, early);
    await early.saw('closed');
    expect(early.failures).toMatchObject([{ reason: 'bad-config' }]);
    expect(await deferred.listen(url, { accepted() {}, failed() {} })).toMatchObject({ url: 'late://here' });
    const sink = new RecordingSink<Uint8Array>();
    deferred.adopt({}, sink);
    await sink.saw('opened');
    expect(calls).toEqual(['adopt']);
  });
});
