/** A drop-in for the standard `WebSocket` in browsers, for libraries that take a class. */
export { createWebSocketClass } from './presets/websocket-class-browser.ts';
export type { SocketCloseEvent, SocketEvents, SocketMessageEvent } from './sdk/socket-events.ts';
export type { TextHeartbeat } from './sdk/text-heartbeat.ts';
export type {
  DropInWebSocket,
  SocketOptions,
  WebSocketClass,
  WebSocketClassOptions,
} from './sdk/web-socket-class.ts';
