/** The encodings of text that Node and browsers both have without a table. */
import { encoder, strictDecoder } from '../base/text-coding.ts';
import { isOver, utf8Length } from './utf8.ts';

export type EncodingName = 'utf8' | 'latin1';

export interface TextEncoding {
  /** The length of `text` in bytes. */
  length(text: string): number;
  isOver(text: string, limit: number): boolean;
  /** Whether each character of `text` has bytes. Absent: all have. Half a surrogate pair becomes U+FFFD. */
  carries?(text: string): boolean;
  encode(text: string): Uint8Array;
  /** `undefined` for bytes that are no text. */
  decode(bytes: Uint8Array): string | undefined;
}

/** Characters that `String.fromCharCode` is called with at a time: engines bound the number of arguments. */
const stride = 4096;

const wide = /[^\0-\xff]/;

const utf8: TextEncoding = {
  length: utf8Length,
  isOver,
  encode: (text) => encoder().encode(text),
  decode(bytes) {
    try {
      return strictDecoder().decode(bytes);
    } catch {
      return undefined;
    }
  },
};

/** ISO 8859-1: byte n is U+00n. The platform's decoder of that name is of windows-1252, which differs from 80 to 9F. */
const latin1: TextEncoding = {
  length: (text) => text.length,
  isOver: (text, limit) => text.length > limit,
  carries: (text) => !wide.test(text),
  encode(text) {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < bytes.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  },
  decode(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += stride)
      text += String.fromCharCode(...bytes.subarray(at, at + stride));
    return text;
  },
};

export const encodings: Readonly<Record<EncodingName, TextEncoding>> = { utf8, latin1 };
