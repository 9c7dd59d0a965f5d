/** Converts screenshots to PNGs with a palette of 256 colours: a third of the size in the repository. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const COLOURS = 256;
const SURFACES = 72;
/** Bytes of a pixel, red, green and blue. */
const PIXEL = 3;

interface Picture {
  readonly width: number;
  readonly height: number;
  /** The rows of pixels, without alpha. */
  readonly pixels: Buffer;
}

/** Converts a PNG of Chromium's kind: eight bits per channel, no alpha, not interlaced. */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decoded(png);
  const palette = paletteOf(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  const nearest = nearestIn(palette);
  for (let at = 0; at < width * height; at++) {
    rows[at + Math.floor(at / width) + 1] = nearest(pixels.readUIntBE(at * PIXEL, PIXEL));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap(channelsOf));
  const parts = [
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
  ];
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

function decoded(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    }
  }
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(data)), width * PIXEL, height) };
}

/** PNG (third edition), section 9: each byte was predicted from those to the left and above. */
function unfiltered(rows: Buffer, stride: number, height: number): Buffer {
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const predicted = predict(pixels, y * stride + x, stride, filter);
      pixels[y * stride + x] = (rows[y * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return pixels;
}

/** From the bytes to the left, above, and both; a byte beyond the edge counts as 0. */
function predict(pixels: Buffer, at: number, stride: number, filter: number): number {
  const isFirst = at % stride < PIXEL;
  const left = isFirst ? 0 : (pixels[at - PIXEL] ?? 0);
  const up = pixels[at - stride] ?? 0;
  const corner = isFirst ? 0 : (pixels[at - stride - PIXEL] ?? 0);
  return [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The exact colours of large surfaces, and the most frequent distinguishable ones of the rest. */
function paletteOf(pixels: Buffer): number[] {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += PIXEL) {
    const colour = pixels.readUIntBE(at, PIXEL);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = frequent.slice(0, SURFACES);
  for (let apart = 300; palette.length < COLOURS && apart > 0; apart = apart > 20 ? apart / 2 : 0) {
    for (const colour of frequent) {
      if (palette.length === COLOURS) break;
      if (palette.every((other) => distance(colour, other) > apart)) palette.push(colour);
    }
  }
  return palette;
}

function nearestIn(palette: readonly number[]): (colour: number) => number {
  const known = new Map(palette.map((colour, index) => [colour, index]));
  return (colour) => {
    let best = known.get(colour);
    if (best !== undefined) return best;
    best = 0;
    for (let index = 1; index < palette.length; index++) {
      if (distance(palette[index] ?? 0, colour) < distance(palette[best] ?? 0, colour)) best = index;
    }
    known.set(colour, best);
    return best;
  };
}

function distance(a: number, b: number): number {
  const [one, other] = [channelsOf(a), channelsOf(b)];
  return one.reduce((sum, value, channel) => sum + (value - (other[channel] ?? 0)) ** 2, 0);
}

function channelsOf(colour: number): [number, number, number] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
