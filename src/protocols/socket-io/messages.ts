/** The messages of Socket.IO that belong to users. */

/** An event to the server. Bytes anywhere in `args` leave as binary attachments. */
export interface SocketIoEmit {
  /** The name of the event; not one of Socket.IO's own, such as `connect` or `disconnect`. */
  readonly event: string;
  readonly args?: readonly unknown[];
  /** Asks the server to acknowledge the event: a `SocketIoAck` with this key follows, in this incarnation or never. */
  readonly ack?: string | number;
}

/** Acknowledges an event of the server, which came with this `id`. */
export interface SocketIoAnswer {
  readonly answer: number;
  readonly args?: readonly unknown[];
}

/** An event of the server. */
export interface SocketIoEvent {
  readonly event: string | number;
  /** Where the server has connection state recovery, it appends a text to the arguments of events that ask for nothing. */
  readonly args: readonly unknown[];
  /** Present when the server waits for a `SocketIoAnswer`. */
  readonly id?: number;
}

/** The server acknowledged the event that was sent with this key. */
export interface SocketIoAck {
  readonly ack: string | number;
  readonly args: readonly unknown[];
}

/** An event for the server. */
export type SocketIoOut = SocketIoEmit | SocketIoAnswer;
/** An event of the server. */
export type SocketIoIn = SocketIoEvent | SocketIoAck;
