/** WebSocket for Node, over `ws` or any standard constructor. */
export { websocket } from './protocols/websocket.ts';
export { websocketText } from './protocols/websocket-text.ts';
export type { ProxyOptions } from './transport/proxy-options.ts';
export { webSocketOver } from './transport/websocket-standard.ts';
export { type WebSocketOverWsOptions, webSocketOverWs } from './transport/websocket-ws.ts';
