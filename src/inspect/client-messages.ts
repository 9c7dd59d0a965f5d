/** Parses the messages of a page, or of an inspector to its reporter. */
import { ACTIONS, type Action } from './wire-actions.ts';
import type { ClientMessage } from './wire-requests.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const MAX_ID = 2000;
const isId: Check = (value) => typeof value === 'string' && value.length <= MAX_ID;
const isFlag: Check = (value) => value === undefined || typeof value === 'boolean';
const isReporter: Check = (value) => value === undefined || isId(value);
const isAction: Check = (value) => ACTIONS.includes(value as Action);
const ofConnection = { id: isId, reporter: isReporter };

/** The fields of each type. */
const requests: Readonly<Record<ClientMessage['type'], Readonly<Record<string, Check>>>> = {
  watch: ofConnection,
  unwatch: ofConnection,
  options: { paused: isFlag, messages: isFlag },
  ask: {},
  propose: { id: isId, action: isAction },
  act: { ticket: isId },
};

/** The request, or what is wrong with it. */
export function parseRequest(text: string): ClientMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'message: not valid JSON';
  }
  const { type, ...fields } = Object(value) as Fields;
  if (typeof type !== 'string' || !Object.hasOwn(requests, type))
    return `message.type: expected one of ${Object.keys(requests).join(', ')}`;
  const checks = requests[type as ClientMessage['type']];
  const wrong = Object.entries(checks).find(([field, check]) => !check(fields[field]));
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(checks, field));
  if (wrong !== undefined) return `message.${wrong[0]}: not valid`;
  if (unknown !== undefined) return `message: unknown field ${JSON.stringify(unknown.slice(0, 40))}`;
  return value as ClientMessage;
}
