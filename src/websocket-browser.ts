/** WebSocket for browsers. */
export { websocket } from './protocols/websocket.ts';
export { websocketText } from './protocols/websocket-text.ts';
export { webSocketOver } from './transport/websocket-standard.ts';
