/**
 * An application whose own statechart invokes a connection: the chart decides when to connect, and what follows an
 * exit. No supervisor is involved.
 */
import { createServer } from 'node:net';
import { line } from 'holdfast';
import { connectionLogic, sendMessage } from 'holdfast/machines';
import { tcp } from 'holdfast/tcp';
import { assign, createActor, setup, waitFor } from 'xstate';

// The server: plain TCP; answers heartbeats, and destroys the socket of its first client after its greeting.
let clients = 0;
const server = createServer((socket) => {
  const first = ++clients === 1;
  socket.on('data', (chunk) => {
    if (String(chunk).includes('PING')) socket.write('PONG\n');
    if (!String(chunk).includes('hello')) return;
    if (first) socket.destroy();
    else socket.write('welcome\n');
  });
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const address = server.address();
const url = `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;

const messages: string[] = [];
const feed = connectionLogic({
  transport: tcp(),
  protocol: line(),
  onMessage: (text) => {
    messages.push(text);
    app.send({ type: 'heard' });
  },
});

const machine = setup({
  types: {
    context: {} as { attempts: number },
    events: {} as { type: 'heard' } | { type: 'quit' },
  },
  actors: { feed },
  guards: { mayRetry: ({ context }) => context.attempts < 3 },
}).createMachine({
  id: 'app',
  context: { attempts: 0 },
  initial: 'online',
  states: {
    online: {
      entry: assign({ attempts: ({ context }) => context.attempts + 1 }),
      invoke: {
        id: 'feed',
        src: 'feed',
        input: { url },
        onSnapshot: {
          guard: ({ event }) => event.snapshot.matches('alive'),
          actions: ({ self }) => greet(self.getSnapshot().children.feed),
        },
        onDone: [{ guard: 'mayRetry', target: 'pausing' }, { target: 'done' }],
      },
      // Leaving the state stops the actor, which destroys its socket at once.
      on: { heard: 'done' },
    },
    pausing: { after: { 100: 'online' } },
    done: { type: 'final' },
  },
});

/** Greets once per socket: the snapshot changes more often than the state. */
const greeted = new WeakSet<object>();
function greet(actor: Parameters<typeof sendMessage>[0] | undefined): void {
  if (actor === undefined || greeted.has(actor)) return;
  greeted.add(actor);
  sendMessage(actor, 'hello');
}

let shown: unknown;
function show(value: unknown): void {
  if (value !== shown) console.log(value);
  shown = value;
}

const app = createActor(machine);
app.subscribe(({ value }) => show(value));
app.start();
await waitFor(app, ({ status }) => status === 'done');
console.log(`${clients} sockets, heard: ${messages.join(', ')}`);
server.close();
