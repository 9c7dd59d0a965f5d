/** Checks of the frames of this side. */
import { bytesOf } from '../../base/bytes.ts';
import { badMessage } from '../refusals.ts';
import { frameOverhead, isFrameType } from './frames.ts';
import type { AmqpFrame, AmqpOut } from './types.ts';

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
  return { type, channel, payload: bytes };
}

function bad(why: string) {
  return badMessage('amqp', why);
}
