/** The description of a client of another library, so that a supervisor can keep it. */
import type { Failure } from '../policy/exits.ts';

/** User and password of the URL. */
export interface UserAndPassword {
  readonly username: string;
  readonly password: string;
}

/** The values of one incarnation, and so to one client. */
export interface Adopting<In = unknown, Secret = UserAndPassword> {
  /** The URL, without user and password. */
  readonly url: URL;
  /** The `credentials` of this incarnation, else user and password of the URL. */
  readonly credentials: Secret | undefined;
  /** Aborted when the client is no longer wanted: by a deadline, `close()`, its end. After a goodbye, once that is done. */
  readonly signal: AbortSignal;
  /** Hands a message to the readers of the connection. Those before it is alive wait for that. Ignored after the end. */
  readonly message: (message: In) => void;
  /**
   * The client has ended by itself. An object is taken for the error that ended it, and read by `failure`; anything else,
   * such as the flag of a `close` event, is not. The first call counts. An argument of `client.on('error', …)`.
   */
  readonly ended: (error?: unknown) => void;
}

/**
 * How a client is opened, asked, ended and read. Its own reconnecting must be off, as must be queues for messages of times
 * without a socket. What throws or rejects ends the incarnation: by the failure of a `Refused`, else as `failure` says.
 */
export interface Adoption<Client, In = unknown, Out = never, Secret = UserAndPassword> {
  /** Names the client in logs and recordings, such as `pg`. Part of what makes two connections with one id the same. */
  readonly name: string;
  /**
   * Makes a client and listens to its events, for each incarnation. A client that takes its first listeners before it
   * dials is best returned at once, and dialled in `ready`: then `drop` ends it whenever it must. Together with `ready`
   * within `deadlines.handshake`; a client that comes later is dropped.
   */
  open(adopting: Adopting<In, Secret>): Client | PromiseLike<Client>;
  /** Runs before the client counts as alive: dials, and repeats what a new session has lost, such as subscriptions. */
  ready?(client: Client, adopting: Adopting<In, Secret>): PromiseLike<unknown>;
  /** Asks the server, over the same stream as all else. Resolves with its answer, and never without one. */
  ping(client: Client): PromiseLike<unknown>;
  /**
   * Gives the client a message of `connection.send`: `written` means that, and an answered ping after it is what confirms it.
   * The message counts as `never-sent` when this throws. A result that rejects ends the incarnation, too. Absent: `send`
   * rejects with `bad-message`.
   */
  send?(client: Client, message: Out): unknown;
  /** Ends the client gracefully, within `deadlines.close`. Absent: it is dropped. */
  goodbye?(client: Client): PromiseLike<unknown>;
  /** Ends the client at once. Called last and once for each client, also after its goodbye or its own end. */
  drop(client: Client): unknown;
  /** The socket below: bytes that it reads are life, also of calls on the client itself. Asked once the client is ready. */
  stream?(client: Client): { readonly bytesRead: number } | undefined;
  /** The meaning of an error. `undefined`: what its `code` means to Node, else `unreachable` before, and `reset` after it is ready. */
  failure?(error: unknown): Failure | undefined;
}
