/** AMQP 0-9-1, for supervision. */
export { type AmqpOptions, amqp } from './protocols/amqp/amqp.ts';
export type {
  AmqpBlocked,
  AmqpFrame,
  AmqpIn,
  AmqpOut,
  AmqpSession,
  AmqpUnblocked,
} from './protocols/amqp/types.ts';
