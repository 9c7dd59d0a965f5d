/** A plain server for the protocol `line`: what most tests of a line-based service begin with. */
import type { MemoryPeer } from './network/memory-peer.ts';

/**
 * Answers `PING`, and hands every other line to `onLine`, which may answer through the peer's `write`. Default:
 * echoes. For `network.serve`.
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
