/** A viewer's socket over `ws`. */
import type { WebSocket } from 'ws';
import type { ViewerSocket } from './viewer.ts';

export function viewerOverWs(socket: WebSocket): ViewerSocket {
  let answered: (() => void) | undefined;
  socket.on('pong', () => answered?.());
  // ws reports the error to the peer and closes.
  socket.on('error', () => {});
  return {
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send: (text) => socket.send(text),
    close: (code, reason) => socket.close(code, reason),
    drop: () => socket.terminate(),
    ping: (onPong) => {
      answered = onPong;
      socket.ping();
    },
    onMessage: (listener) => void socket.on('message', (data) => listener(String(data))),
    onClose: (listener) => void socket.on('close', listener),
  };
}
