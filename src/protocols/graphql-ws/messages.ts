/** The messages of graphql-transport-ws that belong to users, and the check of those that are sent. */
import { isRecord } from '../json-text.ts';
import { badMessage } from '../refusals.ts';
import { jsonOf, within } from '../web-dialogue.ts';

/** Begins an operation. */
export interface GraphQlSubscribe {
  readonly type: 'subscribe';
  /** Chosen by the sender; in use until `complete` or `error` of either side, or the end of the incarnation. */
  readonly id: string;
  readonly payload: {
    readonly query: string;
    readonly operationName?: string | null;
    readonly variables?: Readonly<Record<string, unknown>> | null;
    readonly extensions?: Readonly<Record<string, unknown>> | null;
  };
}

/** The end of an operation: sent to end it early, received after its last result. */
export interface GraphQlComplete {
  readonly type: 'complete';
  readonly id: string;
}

/** A result of an operation. */
export interface GraphQlNext {
  readonly type: 'next';
  readonly id: string;
  /** As the GraphQL specification has it, section 7: `data`, `errors`, `extensions`. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** An operation that was refused before it began; no `complete` follows. */
export interface GraphQlFailed {
  readonly type: 'error';
  readonly id: string;
  readonly payload: readonly GraphQlProblem[];
}

/** An error of an operation, as GraphQL describes it. */
export interface GraphQlProblem {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A message to the server. */
export type GraphQlOut = GraphQlSubscribe | GraphQlComplete;
/** A message of the server. */
export type GraphQlIn = GraphQlNext | GraphQlFailed | GraphQlComplete;

/** Throws `bad-message`. */
export function encode(message: GraphQlOut, limit: number): string {
  const problem = problemOf(message);
  if (problem !== undefined) throw badMessage('graphql-ws', problem);
  return within('graphql-ws', jsonOf('graphql-ws', message), limit);
}

function problemOf(message: unknown): string | undefined {
  if (!isRecord(message)) return 'it is not an object';
  const { type, id, payload } = message;
  if (type !== 'subscribe' && type !== 'complete') return 'its type is neither subscribe nor complete';
  if (typeof id !== 'string' || id === '') return 'its id is no text, or empty';
  if (type === 'complete' || (isRecord(payload) && typeof payload.query === 'string')) return undefined;
  return 'its payload has no text as query';
}

/** Whether a message of the server is one of `GraphQlIn`. */
export function isForUser(message: Readonly<Record<string, unknown>>): boolean {
  const { type, id, payload } = message;
  if (typeof id !== 'string' || id === '') return false;
  if (type === 'next') return isRecord(payload);
  return type === 'error' ? Array.isArray(payload) : type === 'complete';
}
