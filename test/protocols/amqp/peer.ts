/** Frames of a scripted broker. */
import type { AmqpFrame } from '../../../src/amqp.ts';

export const u16 = (value: number) => [value >> 8, value & 0xff];
export const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const shortText = (text: string) => [text.length, ...Buffer.from(text)];
export const longText = (text: string) => [...u32(text.length), ...Buffer.from(text)];

export function frame(type: number, channel: number, payload: Iterable<number>): Buffer {
  const bytes = [...payload];
  return Buffer.from([type, ...u16(channel), ...u32(bytes.length), ...bytes, 0xce]);
}

export function method(
  classId: number,
  methodId: number,
  ...values: readonly (readonly number[])[]
): number[] {
  return [...u16(classId), ...u16(methodId), ...values.flat()];
}

export const control = (...of: Parameters<typeof method>) => frame(1, 0, method(...of));

const field = (name: string, type: string, value: readonly number[]) => [
  ...shortText(name),
  ...Buffer.from(type),
  ...value,
];

export function table(fields: readonly (readonly number[])[]): number[] {
  const bytes = fields.flat();
  return [...u32(bytes.length), ...bytes];
}

/** One field of each type. */
export const serverProperties = table([
  field('product', 'S', longText('Broker')),
  field('capabilities', 'F', table([field('basic.nack', 't', [1])])),
  field('list', 'A', table([[...Buffer.from('b'), 0xff], [...Buffer.from('V')]])),
  field('octet', 'B', [0xff]),
  field('short', 's', [0xff, 0xfe]),
  field('ushort', 'u', [0xff, 0xfe]),
  field('long', 'I', u32(-3)),
  field('ulong', 'i', u32(3)),
  field('longlong', 'l', [...u32(0), ...u32(7)]),
  field('time', 'T', [...u32(0), ...u32(8)]),
  field('float', 'f', [0x3f, 0x80, 0, 0]),
  field('double', 'd', [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]),
  field('decimal', 'D', [2, ...u32(314)]),
  field('bytes', 'x', [...u32(1), 9]),
]);

export const start = (properties = serverProperties, mechanisms = 'AMQPLAIN PLAIN', version = [0, 9]) =>
  control(10, 10, version, properties, longText(mechanisms), longText('en_US'));
export const tune = (channelMax = 2047, frameMax = 131_072, heartbeat = 60) =>
  control(10, 30, u16(channelMax), u32(frameMax), u16(heartbeat));
export const openOk = control(10, 41, [0]);
export const close = (code: number, text: string) =>
  control(10, 50, u16(code), shortText(text), u16(0), u16(0));
export const closeOk = control(10, 51);

/** A method of a channel, as a program sends it. */
export const sent = (channel: number, ...of: Parameters<typeof method>): AmqpFrame => ({
  type: 'method',
  channel,
  payload: Uint8Array.from(method(...of)),
});
export const channelOpen = (channel: number) => sent(channel, 20, 10, [0]);
