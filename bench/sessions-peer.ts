/** The accepting end of the sessions bench: one listener without a session, one with. `sessions-peer.ts <carrier>`. Tells its heap when asked. */
import { createSupervisor, framed, silentLogger, websocket } from 'holdfast';
import { session } from 'holdfast/session';
import {
  type Carrier,
  type Message,
  plainOf,
  readMessage,
  type Send,
  stream,
  wants,
} from './sessions-wires.ts';
import { settledHeap } from './support/heap.ts';
import { mortal } from './support/processes.ts';

const carrier = (process.argv[2] ?? 'framed') as Carrier;
mortal(600_000);
const url = `${carrier === 'framed' ? 'tcp' : 'ws'}://127.0.0.1:0`;
const supervisor = createSupervisor({ logger: silentLogger });

function serve(message: Message, send: Send): void {
  const { want, count } = readMessage(message);
  if (want === wants.echo) void send(message);
  if (want === wants.flood) void stream(send, count);
}

const plain = await supervisor.listen({
  url,
  protocol: plainOf(carrier),
  onMessage: (message, connection) => serve(message as Message, (answer) => connection.send(answer)),
});
const held = await supervisor.listen({
  url,
  protocol: session(carrier === 'framed' ? framed() : websocket(), {
    onSession(accepted) {
      accepted.onMessage = (message) => serve(message, (answer) => accepted.send(answer));
    },
  }),
});
process.on('message', async () => void process.send?.({ heap: await settledHeap() }));
process.send?.({ plain: plain.url, session: held.url });
