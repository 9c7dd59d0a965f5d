/** The chunks that pass between the dialogue and the socket of an adopted client. Messages of the client pass as they are. */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { HandshakeIo } from '../ports/protocol.ts';

/** To the socket: make the client, and resolve `client` when it is ready. */
export class Opening<Client = unknown> {
  readonly io: HandshakeIo;
  readonly client: Deferred<Client> = deferred();

  constructor(io: HandshakeIo) {
    this.io = io;
  }
}

/** To the socket: ask the server. */
export class Ping {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

/** To the socket: a message for the client. */
export class Sent {
  readonly message: unknown;

  constructor(message: unknown) {
    this.message = message;
  }
}

/** The socket says: ping `id` was answered. */
export class Pong {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}
