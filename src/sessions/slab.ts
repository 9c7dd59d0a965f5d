/**
 * Memory for frames that a session keeps until they are acknowledged: many of them are views of one buffer. An `ArrayBuffer` for each
 * message costs as much as the rest of sending it.
 */

/** Bytes of a buffer that frames share: as much as one frame that is kept may hold of others. */
const SLAB = 16 * 1024;
/** A frame above this has a buffer of its own. */
const MOST = SLAB / 4;

/** Returns zeroed bytes that nothing else uses. */
export type Room = (bytes: number) => Uint8Array;

export function slab(): Room {
  let buffer: ArrayBuffer | undefined;
  let at = 0;
  return (bytes) => {
    if (bytes > MOST) return new Uint8Array(bytes);
    if (buffer === undefined || at + bytes > SLAB) {
      buffer = new ArrayBuffer(SLAB);
      at = 0;
    }
    const room = new Uint8Array(buffer, at, bytes);
    at += bytes;
    return room;
  };
}
