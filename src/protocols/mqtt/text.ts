/** Texts of MQTT (version 5, section 1.5.4). */
import { utf8Length } from '../utf8.ts';

/** Bytes of a text in a packet. */
export const longestText = 65_535;

/** Whether a packet can carry it: text of at most 65,535 bytes, not empty, without NUL and half a surrogate pair. */
export function isText(text: unknown): text is string {
  return text !== '' && isTextOrNone(text);
}

export function isTextOrNone(text: unknown): text is string {
  return typeof text === 'string' && /^[^\0\p{Surrogate}]*$/u.test(text) && utf8Length(text) <= longestText;
}
