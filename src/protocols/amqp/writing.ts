/** Methods of this side: arguments in order (AMQP 0-9-1, section 4.2.5). */
import { encoder } from '../../base/text-coding.ts';

type Octets = readonly number[];

/** A table of this side has text, truth values, and tables. */
export interface Fields {
  readonly [name: string]: string | boolean | Fields;
}

/** The payload of a method. */
export function method(classId: number, methodId: number, ...values: readonly Octets[]): Uint8Array {
  return Uint8Array.from([short(classId), short(methodId), ...values].flat());
}

export function short(value: number): Octets {
  return [value >>> 8, value & 0xff];
}

export function long(value: number): Octets {
  return [...short(value >>> 16), ...short(value & 0xffff)];
}

/** Bytes of UTF-8. */
export const longestShortText = 255;

/** At most 255 bytes of UTF-8, which the caller has checked. */
export function shortText(text: string): Octets {
  const bytes = encoder().encode(text);
  return [bytes.length, ...bytes];
}

export function longText(text: string): Octets {
  const bytes = encoder().encode(text);
  return [...long(bytes.length), ...bytes];
}

export function table(fields: Fields): Octets {
  const octets = Object.entries(fields).flatMap(([name, value]) => [...shortText(name), ...field(value)]);
  return [...long(octets.length), ...octets];
}

function field(value: Fields[string]): Octets {
  if (typeof value === 'boolean') return [0x74, Number(value)];
  return typeof value === 'string' ? [0x53, ...longText(value)] : [0x46, ...table(value)];
}
