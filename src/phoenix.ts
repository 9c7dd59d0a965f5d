/** Phoenix channels, for Node and browsers. */
export type { PhoenixEvent, PhoenixIn, PhoenixPush, PhoenixReply } from './protocols/phoenix/messages.ts';
export { type PhoenixAgreed, type PhoenixOptions, phoenix, phoenixUrl } from './protocols/phoenix/phoenix.ts';
