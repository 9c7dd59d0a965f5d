/** A plain server for the protocol `line`, for tests of a line-based service. */
import type { MemoryPeer } from './network/memory-peer.ts';

/**
 * An argument for `network.serve`: answers `PING`, and passes every other line to `onLine`, which may answer by
 * `peer.write`. Default: echoes the line.
 */
export function lineServer(
  onLine: (line: string, peer: MemoryPeer) => void = (line, peer) => peer.write(`${line}\n`),
): (peer: MemoryPeer) => void {
  return (peer) => {
    const utf8 = new TextDecoder();
    let rest = '';
    peer.onData = (chunk) => {
      const lines = (rest + utf8.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'PING') peer.write('PONG\n');
        else onLine(line, peer);
      }
    };
  };
}
