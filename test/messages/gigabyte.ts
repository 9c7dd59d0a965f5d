/** What both ends of the long transfer, and the test, know of it. */

export const MESSAGES = 16 * 1024;
export const SIZE = 64 * 1024;
/** What either end may hold, in messages. */
export const BOUND = 32;

/** What one end has to say at the end. Bytes. */
export interface Account {
  /** Messages that were read in order, each whole; or receipts. */
  readonly messages: number;
  readonly incarnations: number;
  /** Held beyond what was held before the first message, after a collection; the highest of many looks. */
  readonly held: number;
  /** Highest number of bytes accepted for sending and not handed to the kernel. */
  readonly buffered: number;
}
