/** A hand-written peer of Redis, in RESP3: HELLO, PING and SUBSCRIBE. The channel of the subscription is the client's id. */
import type { Socket } from 'node:net';
import { type Introduce, SocketPeer } from './peer.ts';

const HELLO = '%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n';

export function acceptRedis(introduce: Introduce) {
  return (socket: Socket): void => {
    const peer = new SocketPeer(socket);
    let rest = '';
    socket.setNoDelay();
    socket.on('data', (data) => {
      if (peer.frozen) return;
      rest = readCommands(rest + data.toString(), (name, argument = '') => {
        if (name === 'SUBSCRIBE') introduce(argument, peer);
        socket.write(answerTo(name, argument));
      });
    });
  };
}

/**
 * A command is `*` and the number of its words, then the length of each and the word, a line each: no word of the demo has
 * a line break. Returns the text of a command that is not complete yet.
 */
function readCommands(text: string, run: (name: string, argument?: string) => void): string {
  const lines = text.split('\r\n');
  for (let at = 0; ; ) {
    const length = 1 + 2 * Number(lines[at]?.slice(1));
    // The last line is what follows the last line break.
    if (!(at + length < lines.length)) return lines.slice(at).join('\r\n');
    run(lines[at + 2]?.toUpperCase() ?? '', lines[at + 4]);
    at += length;
  }
}

function answerTo(name: string, argument: string): string {
  const echoed = `$${argument.length}\r\n${argument}\r\n`;
  if (name === 'HELLO') return HELLO;
  if (name === 'PING') return argument === '' ? '+PONG\r\n' : echoed;
  if (name === 'SUBSCRIBE') return `>3\r\n$9\r\nsubscribe\r\n${echoed}:1\r\n`;
  return `-ERR unknown command '${name}'\r\n`;
}
