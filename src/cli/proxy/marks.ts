/** The units that pass between the two legs of a proxied connection: data, and marks in their order. */

/** Text or bytes. */
export type Data = string | Uint8Array;

/** This direction ends here; the other one may go on. */
export const END: unique symbol = Symbol('end');
/** The connection breaks off here: nothing that follows in either direction counts. */
export const RESET: unique symbol = Symbol('reset');

/** The upstream leg has another incarnation: what was unfinished in the one before stays so. */
export const ANEW: unique symbol = Symbol('anew');

export type Mark = typeof END | typeof RESET | typeof ANEW;
export type Unit = Data | Mark;

export function isMark(value: unknown): value is Mark {
  return value === END || value === RESET || value === ANEW;
}
