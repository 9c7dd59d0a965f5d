/** The simulated network as a transport. */
import type { AcceptSink, Bound, Socket, SocketSink, Target, Transport } from '../../ports/transport.ts';
import type { Host } from './memory-host.ts';
import { MemorySocket } from './memory-socket.ts';

export type MemoryTransport = Required<
  Omit<Transport<Uint8Array>, 'checkAccepted' | 'peerOf' | 'isSilent' | 'requestOf'>
>;

/** Finds a host by name, and dials it. */
export interface Directory {
  host(name: string): Host;
  dial(name: string, sink: SocketSink<Uint8Array>): Socket<Uint8Array>;
}

export function memoryTransport(directory: Directory): MemoryTransport {
  return {
    name: 'memory',
    schemes: ['memory'],
    carrier: 'bytes',
    provedByOpening: false,
    defaultProtocol: 'line',
    check: ({ host, port }) => (host === '' || port !== '' ? 'memory://name, without a port' : undefined),
    dial: ({ url }: Target, sink) => directory.dial(url.host, sink),
    adopt,
    listen: async (url: URL, sink: AcceptSink): Promise<Bound> => {
      const close = directory.host(url.host).listen(sink);
      return { url: `memory://${url.host}`, close: async () => close() };
    },
  };
}

/** Throws a `TypeError` unless `raw` is a socket that a memory network accepted. */
export function adopt(raw: unknown, sink: SocketSink<Uint8Array>): MemorySocket {
  if (!(raw instanceof MemorySocket))
    throw new TypeError('adopt: expected a socket that a memory network accepted');
  raw.adopt(sink);
  return raw;
}
