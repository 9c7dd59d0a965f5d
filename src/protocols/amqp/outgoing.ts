/** Checks of the frames of this side. */
import { bytesOf } from '../../base/bytes.ts';
import { badMessage } from '../refusals.ts';
import { frameOverhead, idIn, isFrameType } from './frames.ts';
import type { AmqpFrame, AmqpOut } from './types.ts';

const connectionClass = 10;

/** Throws `bad-message` for what is no frame, or longer than `frameMax`. */
export function checkedFrames(message: AmqpOut, frameMax: number): readonly AmqpFrame[] {
  const frames: readonly AmqpFrame[] = Array.isArray(message) ? message : [message];
  if (frames.length === 0) throw bad('an empty list');
  return frames.map((frame) => checked(frame, frameMax));
}

function checked(frame: AmqpFrame, frameMax: number): AmqpFrame {
  const { type, channel, payload } = Object(frame);
  if (!isFrameType(type)) throw bad('type: expected method, header or body');
  if (!(Number.isInteger(channel) && channel >= 1 && channel <= 0xffff))
    throw bad('channel: expected a whole number from 1 to 65535');
  const bytes = bytesOf(payload);
  if (bytes === undefined) throw bad('payload: expected bytes');
  if (bytes.length + frameOverhead > frameMax)
    throw bad(`payload: ${bytes.length} bytes exceed frame-max (${frameMax}) less ${frameOverhead}`);
  const whole: AmqpFrame = { type, channel, payload: bytes };
  if (type === 'method') checkMethod(idIn(whole));
  return whole;
}

function checkMethod(id: number | undefined): void {
  if (id === undefined) throw bad('payload: expected class id and method id');
  if (id >>> 16 === connectionClass) throw bad('payload: the class Connection is of the protocol itself');
}

function bad(why: string) {
  return badMessage('amqp', why);
}
