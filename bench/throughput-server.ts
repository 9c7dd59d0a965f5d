/** The far end of the throughput bench: plain sockets, in a process of its own. `throughput-server.ts <wire>` */

import { createServer, type Socket } from 'node:net';
import { dialogueOf } from 'holdfast/testing';
import { WebSocketServer } from 'ws';
import { mortal } from './support/processes.ts';
import { type AnyProtocol, headOf, protocolOf, type Wire, wants } from './throughput-wires.ts';

type Message = string | Uint8Array;
/** Writes; resolves when more may be written. */
type Write = (message: Message) => Promise<void> | undefined;

const wire = (process.argv[2] ?? 'framed') as Wire;
mortal(300_000);

async function serve(message: Message, write: Write): Promise<void> {
  const first = headOf(message, 1);
  if (first === wants.echo || first === wants.flush) write(message);
  if (first !== wants.flood) return;
  const count = Number(headOf(message, 20).slice(1));
  for (let n = 0; n < count; n++) await write(message);
}

function overStream(socket: Socket, protocol: AnyProtocol): void {
  socket.setNoDelay(true).on('error', () => socket.destroy());
  const dialogue = dialogueOf(protocol);
  const { decoder } = dialogue;
  const write: Write = (message) => {
    if (!socket.write(dialogue.encode(message)))
      return new Promise((resolve) => socket.once('drain', resolve));
    return undefined;
  };
  const frame = (message: unknown) => {
    const heartbeat = dialogue.isHeartbeat(message);
    if (heartbeat === false) void serve(message as Message, write);
    else if (heartbeat.kind === 'ping' && dialogue.pong) socket.write(dialogue.pong(heartbeat));
  };
  // Who announces itself proves that it is there.
  if (dialogue.pong === undefined && dialogue.ping !== undefined) socket.write(dialogue.ping(1));
  socket.on('data', (chunk) => void decoder.push(chunk, { frame }));
}

if (wire === 'websocket') {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('listening', () => process.send?.(server.address()));
  server.on('connection', (socket) => {
    const write: Write = (message) => {
      const full = socket.bufferedAmount > 1e6;
      return new Promise((resolve) => {
        socket.send(message, () => full && resolve());
        if (!full) resolve();
      });
    };
    socket.on('message', (data: Buffer) => void serve(data, write));
    socket.on('error', () => {});
  });
} else {
  const protocol = protocolOf(wire);
  const server = createServer((socket) => overStream(socket, protocol));
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}
