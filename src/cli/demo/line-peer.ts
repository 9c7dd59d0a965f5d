/** A hand-written peer of the protocol `line`: `PING` is answered with `PONG`; any other line is the client's id. */
import type { Socket } from 'node:net';
import { type Introduce, SocketPeer } from './peer.ts';

export function acceptLine(introduce: Introduce) {
  return (socket: Socket): void => {
    const peer = new SocketPeer(socket);
    let rest = '';
    socket.setNoDelay();
    socket.on('data', (data) => {
      if (peer.frozen) return;
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'PING') socket.write('PONG\n');
        else introduce(line, peer);
      }
    });
  };
}
