/** Socket.IO, for Node and browsers. Needs the packages engine.io-parser and socket.io-parser. */
export type {
  SocketIoAck,
  SocketIoAnswer,
  SocketIoEmit,
  SocketIoEvent,
  SocketIoIn,
  SocketIoOut,
} from './protocols/socket-io/messages.ts';
export {
  type SocketIoAgreed,
  type SocketIoOptions,
  socketIo,
  socketIoUrl,
} from './protocols/socket-io/socket-io.ts';
