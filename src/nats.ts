/** The client protocol of NATS. */
export { type NatsOptions, nats } from './protocols/nats/nats.ts';
export type {
  NatsError,
  NatsHeaders,
  NatsIn,
  NatsInfo,
  NatsMessage,
  NatsOut,
  NatsPublish,
  NatsSubscribe,
  NatsUnsubscribe,
  NatsUpdate,
} from './protocols/nats/types.ts';
