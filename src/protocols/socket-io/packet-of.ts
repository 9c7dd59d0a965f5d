/** The packet of a message that is sent. */
import { type Packet, PacketType } from 'socket.io-parser';
import { isRecord } from '../json-text.ts';
import { badMessage } from '../refusals.ts';
import type { SocketIoEmit, SocketIoOut } from './messages.ts';

/** The names that the parser of the other side refuses. */
const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

/** Throws `bad-message`. `id`: the number by which the server is to acknowledge the event, if the message asks for that. */
export function packetOf(message: SocketIoOut, nsp: string, id: number): Packet {
  const problem = problemOf(message);
  if (problem !== undefined) throw badMessage('socket.io', problem);
  const { args = [] } = message;
  if ('answer' in message && message.answer !== undefined)
    return { type: PacketType.ACK, nsp, id: message.answer, data: [...args] };
  const { event, ack } = message as SocketIoEmit;
  const packet = { type: PacketType.EVENT, nsp, data: [event, ...args] };
  return ack === undefined ? packet : { ...packet, id };
}

function problemOf(message: unknown): string | undefined {
  if (!isRecord(message)) return 'it is not an object';
  const { event, answer, args, ack } = message;
  if (args !== undefined && !Array.isArray(args)) return 'its args are no list';
  if (answer !== undefined) {
    if (event !== undefined || ack !== undefined) return 'it has an answer beside its event or ack';
    return isId(answer) ? undefined : 'its answer is no id of an event';
  }
  if (typeof event !== 'string' || reserved.includes(event))
    return 'its event is no text, or a name of Socket.IO itself';
  return ack === undefined || typeof ack === 'string' || typeof ack === 'number'
    ? undefined
    : 'its ack is no key';
}

export function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
