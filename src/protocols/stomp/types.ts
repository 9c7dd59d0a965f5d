/** Frames of STOMP 1.2, as they pass `holdfast/stomp`. */

/** Names and values without escapes. Of a name that comes several times the first value is kept, as the specification says. */
export type StompHeaders = Readonly<Record<string, string>>;

/** A frame of the server. */
export interface StompIn {
  readonly command: 'MESSAGE' | 'RECEIPT';
  readonly headers: StompHeaders;
  readonly body: Uint8Array;
}

/** A frame of this side; CONNECT and DISCONNECT are the protocol's own. */
export interface StompOut {
  readonly command: 'SEND' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'ACK' | 'NACK' | 'BEGIN' | 'COMMIT' | 'ABORT';
  /** `content-length` is added to a frame with a body. */
  readonly headers?: StompHeaders;
  /** The body of SEND. A string goes out as UTF-8. */
  readonly body?: Uint8Array | string;
}

/** The server's values in CONNECTED. */
export interface StompSession {
  /** All headers of CONNECTED, such as `session` and `server`. */
  readonly headers: StompHeaders;
  /** Milliseconds within which this side sends something, as agreed; `null`: no heart-beats. */
  readonly sends: number | null;
  /** Milliseconds within which the server sends something, as agreed; `null`: no heart-beats. */
  readonly receives: number | null;
}
