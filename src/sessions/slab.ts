/**
 * Memory for frames that a session keeps until they are acknowledged, and for messages that it hands out: many of them are views of one
 * buffer. An `ArrayBuffer` for each message costs as much as the rest of sending or receiving it.
 */

/** Bytes of a buffer that frames share: as much as one frame that is kept may hold of others. */
const SLAB = 16 * 1024;
/** A frame above this has a buffer of its own. */
const MOST = SLAB / 4;
/** Buffers that wait for frames: 1 MiB, as much as a window. */
const MOST_FREE = 64;

/** Returns bytes that nothing else uses, and that have any value. */
export type Room = (bytes: number) => Uint8Array;

type View = (buffer: ArrayBuffer, from: number, length: number) => Uint8Array;
const { Buffer } = globalThis as { Buffer?: { from: View } };
/** A `Buffer`, where there is one: sockets of Node make one of any other view that they are given, which takes 0.1 us. */
const view: View = (buffer, from, length) =>
  Buffer === undefined ? new Uint8Array(buffer, from, length) : Buffer.from(buffer, from, length);

/** Memory of frames, which are given back once nothing reads them any more. */
export class Slab {
  readonly buffer = new ArrayBuffer(SLAB);
  used = 0;
  /** Frames in it, and how many of these were given back. */
  frames = 0;
  back = 0;

  get isFree(): boolean {
    return this.back === this.frames;
  }

  fits(bytes: number): boolean {
    return this.used + bytes <= SLAB;
  }

  empty(): this {
    this.used = this.frames = this.back = 0;
    return this;
  }

  /** One of its frames is given back: its bytes become others. */
  giveBack(): void {
    this.back++;
    if (this !== current && this.isFree && free.length < MOST_FREE) free.push(this);
  }
}

const slabs = new WeakMap<ArrayBufferLike, Slab>();
const free: Slab[] = [];
let current: Slab | undefined;
/** The frame that has its memory since last: most are asked for their slab at once. */
let last: Uint8Array | undefined;
let lastSlab: Slab | undefined;

function next(): Slab {
  if (current?.isFree) return current.empty();
  current = free.pop()?.empty();
  if (current !== undefined) return current;
  current = new Slab();
  slabs.set(current.buffer, current);
  return current;
}

/** Memory of frames that are given back once nothing reads them any more. One that is not given back is collected as any object. */
export const frameRoom: Room = (bytes) => {
  if (bytes > MOST) return new Uint8Array(bytes);
  const slab = current?.fits(bytes) ? current : next();
  last = view(slab.buffer, slab.used, bytes);
  lastSlab = slab;
  slab.used += bytes;
  slab.frames++;
  return last;
};

/** The slab that a frame is in; undefined for one with a buffer of its own. */
export function slabOf(frame: Uint8Array): Slab | undefined {
  return frame === last ? lastSlab : slabs.get(frame.buffer);
}

/** Returns a copy of what is behind the first `from` bytes. */
export type Keep = (bytes: Uint8Array, from: number) => Uint8Array;

let shared: Uint8Array = new Uint8Array(0);
let used = 0;

/** A copy for the application, which may keep it for ever. */
export const keep: Keep = (bytes, from) => {
  const { length } = bytes;
  if (length > MOST) return new Uint8Array(bytes.subarray(from));
  if (used + length > shared.length) {
    shared = new Uint8Array(SLAB);
    used = 0;
  }
  // The first bytes are copied too: a view of the rest would cost more.
  shared.set(bytes, used);
  used += length;
  return new Uint8Array(shared.buffer, used - length + from, length - from);
};
