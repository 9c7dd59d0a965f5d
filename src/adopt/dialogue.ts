/** The protocol of adopted clients: asks the socket for a client, and to ping it. */
import { HoldfastError } from '../base/errors.ts';
import type { Agreement, Decoder, Dialogue, FrameSink, HandshakeIo, Protocol } from '../ports/protocol.ts';
import type { Adoption } from './adoption.ts';
import { Opening, Ping, Pong, Sent } from './chunks.ts';

export function adoptedProtocol<Client, In, Out, Secret>({
  name,
  send,
}: Adoption<Client, In, Out, Secret>): Protocol<In, Out, unknown, Client> {
  const measure = () => {
    const problem = `${name}: send() is not possible, as the client was adopted without a function \`send\``;
    throw new HoldfastError('bad-message', problem);
  };
  return {
    name,
    carrier: 'messages',
    modes: { dial: 'probe', accept: 'listen' },
    open: () => new AdoptedDialogue(),
    ...(send === undefined && { measure }),
  };
}

class AdoptedDialogue implements Dialogue<unknown, unknown>, Decoder<unknown, unknown> {
  readonly midFrame = false;

  get decoder(): this {
    return this;
  }

  push(chunk: unknown, sink: FrameSink<unknown>): undefined {
    sink.frame(chunk);
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const opening = new Opening(io);
    io.write(opening);
    return { info: await opening.client.promise };
  }

  encode(message: unknown): Sent {
    return new Sent(message);
  }

  ping(id: number): Ping {
    return new Ping(id);
  }

  isHeartbeat(frame: unknown) {
    return frame instanceof Pong && ({ kind: 'pong', id: frame.id } as const);
  }
}
