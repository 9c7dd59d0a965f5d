/** Messages of NATS, as they pass `holdfast/nats`. */

/** Names and values in the order of the wire; a name may come several times. `new Headers(headers)` takes them. */
export type NatsHeaders = readonly (readonly [name: string, value: string])[];

/** A message of a subscription (MSG, HMSG). */
export interface NatsMessage {
  readonly op: 'msg';
  readonly subject: string;
  /** The `sid` of the SUB. */
  readonly sid: string;
  readonly reply?: string;
  readonly headers?: NatsHeaders;
  /** The status line of the headers, such as `503` for a request without a responder. */
  readonly status?: string;
  readonly data: Uint8Array;
}

/** An error after which the server goes on, such as `Permissions Violation for Publish to "a"`. */
export interface NatsError {
  readonly op: 'error';
  readonly error: string;
}

/** The server says what has changed, such as the URLs of its cluster. */
export interface NatsUpdate {
  readonly op: 'info';
  readonly info: NatsInfo;
}

/** A message of the server. */
export type NatsIn = NatsMessage | NatsError | NatsUpdate;

/** Names as on the wire; the server may send others. */
export interface NatsInfo {
  readonly server_id?: string;
  readonly server_name?: string;
  readonly version?: string;
  readonly host?: string;
  readonly port?: number;
  /** Limit of one message in bytes, headers included. */
  readonly max_payload?: number;
  readonly headers?: boolean;
  readonly auth_required?: boolean;
  readonly tls_required?: boolean;
  readonly client_id?: number;
  readonly client_ip?: string;
  readonly cluster?: string;
  readonly connect_urls?: readonly string[];
  readonly jetstream?: boolean;
  /** Lame duck mode: the server is about to stop. */
  readonly ldm?: boolean;
}

/** Publishes a message (PUB, or HPUB with headers). */
export interface NatsPublish {
  readonly op: 'pub';
  readonly subject: string;
  readonly reply?: string;
  readonly headers?: NatsHeaders;
  /** A string goes out as UTF-8. */
  readonly data?: Uint8Array | string;
}

/** SUB. */
export interface NatsSubscribe {
  readonly op: 'sub';
  readonly subject: string;
  readonly queue?: string;
  /** A name for the subscription, chosen by this side. */
  readonly sid: string;
}

/** UNSUB. */
export interface NatsUnsubscribe {
  readonly op: 'unsub';
  readonly sid: string;
  /** Ends the subscription after so many messages; absent: now. */
  readonly max?: number;
}

/** A message to the server. */
export type NatsOut = NatsPublish | NatsSubscribe | NatsUnsubscribe;
