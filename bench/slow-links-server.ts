/**
 * The far end of a slow link: `slow-links-server.ts ADDRESS WIRE`. Reports when it listens, then each message, to its
 * parent, and answers each with a short one. Never ends a connection.
 */

import { createServer, type Socket } from 'node:net';
import { dialogueOf } from 'holdfast/testing';
import { WebSocketServer } from 'ws';
import { messageOf, port, protocolOf, type Wire } from './slow-links-cell.ts';

const [host = '', name] = process.argv.slice(2);
const wire = name as Wire;
const answer = messageOf(wire, 2);
/** Of heartbeats, where both sides send them unasked. */
const interval = 10_000;
process.on('disconnect', () => process.exit(0));

function report(what: 'listening' | 'message'): void {
  if (process.connected) process.send?.(what, undefined, undefined, () => undefined);
}

function overStream(socket: Socket): void {
  const protocol = protocolOf(wire);
  const dialogue = dialogueOf(protocol);
  const { decoder } = dialogue;
  const frame = (message: unknown) => {
    const heartbeat = dialogue.isHeartbeat(message);
    if (heartbeat === false) {
      report('message');
      socket.write(dialogue.encode(answer));
    } else if (heartbeat.kind === 'ping' && dialogue.pong) socket.write(dialogue.pong(heartbeat));
  };
  socket.on('data', (chunk) => void decoder.push(chunk, { frame }));
  const { ping } = dialogue;
  if (protocol.modes.accept !== 'exchange' || ping === undefined) return void socket.on('error', () => {});
  socket.write(ping(1));
  const timer = setInterval(() => socket.write(ping(1)), interval);
  socket.on('error', () => clearInterval(timer)).on('close', () => clearInterval(timer));
}

if (wire === 'websocket') {
  const server = new WebSocketServer({ port, host });
  server.on('listening', () => report('listening'));
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', () => {
      report('message');
      socket.send(answer);
    });
  });
} else createServer(overStream).listen(port, host, () => report('listening'));
