/** Frames of AMQP 0-9-1, as they pass `holdfast/amqp`. */

/** A frame of a channel, without its length and end. */
export interface AmqpFrame {
  readonly type: 'method' | 'header' | 'body';
  /** Channels of users count from 1; channel 0 is the protocol's own. */
  readonly channel: number;
  /** Payload of a method: class id (u16), method id (u16), arguments. */
  readonly payload: Uint8Array;
}

/** The server takes no publications until `unblocked`, as when its memory or disk is full. */
export interface AmqpBlocked {
  readonly type: 'blocked';
  readonly reason: string;
}

/** `connection.unblocked`: the broker takes messages again. */
export interface AmqpUnblocked {
  readonly type: 'unblocked';
}

/** A frame of the broker that is a message for the application. */
export type AmqpIn = AmqpFrame | AmqpBlocked | AmqpUnblocked;

/** A list of frames leaves as one message: no reconnect divides a method from its content. */
export type AmqpOut = AmqpFrame | readonly AmqpFrame[];

/** The values that both sides agreed to. */
export interface AmqpSession {
  /** The server's description of itself, such as `product`, `version` and `capabilities`. */
  readonly server: Readonly<Record<string, unknown>>;
  /** The highest channel number. */
  readonly channelMax: number;
  /** Limit of one frame in bytes, its 8 bytes of header and end included. */
  readonly frameMax: number;
  /** Seconds between heartbeats; 0 for none. */
  readonly heartbeat: number;
}
