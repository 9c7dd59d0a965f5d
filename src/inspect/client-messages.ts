/** Parses the messages of a page. */
import * as v from 'valibot';
import type { ClientMessage } from './wire.ts';

const id = v.pipe(v.string(), v.maxLength(2000));

const request = v.variant('type', [
  v.strictObject({ type: v.literal('watch'), id }),
  v.strictObject({ type: v.literal('unwatch'), id }),
  v.strictObject({
    type: v.literal('options'),
    paused: v.exactOptional(v.boolean()),
    messages: v.exactOptional(v.boolean()),
  }),
]);

/** The request, or what is wrong with it. */
export function parseRequest(text: string): ClientMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'message: not valid JSON';
  }
  const result = v.safeParse(request, value);
  return result.success ? result.output : `message: ${result.issues[0].message}`;
}
