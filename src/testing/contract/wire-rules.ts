/** Rules of the decoder: cuts, ends of frames, limits, garbage. */
import { seeded } from '../../base/seeded.ts';
import { below, cutAt, join, randomCuts, repeated, singleBytes } from './chunks.ts';
import type { Interview } from './interview.ts';
import { carriesBytes, chunksOf, greeted, names, partsOf, rule, textOf } from './rules.ts';
import { describe, isSame } from './same-value.ts';
import type { EndlessFrame, Spec } from './spec.ts';

/** Positions of single cuts at most; a longer stream is cut at random ones. */
const maxSingleCuts = 2048;
const randomRuns = 100;
const garbageRuns = 300;
const maxGarbage = 200;
/** Bytes: a small read, and a large one. */
const chunkSizes = [1000, 64 * 1024];

export async function framesAreWhole(spec: Spec): Promise<void> {
  const interview = await greeted(spec);
  for (const [at, frame] of spec.frames.entries()) {
    interview.push(...partsOf(frame));
    const { failure, dialogue } = interview;
    rule(failure === undefined, () => `frame ${at}: ${failure && textOf(failure)} for ${describe(frame)}`);
    rule(!dialogue.decoder.midFrame, () => `frame ${at}: midFrame is true after ${describe(frame)}`);
  }
}

export async function lentBytesAreCopied(spec: Spec): Promise<void> {
  const lent = (await greeted(spec)).push(...chunksOf(spec));
  const owned = (await greeted(spec)).give(...chunksOf(spec));
  for (const [at, frame] of owned.frames.entries()) {
    const kept = lent.frames[at];
    rule(
      isSame(frame, kept),
      () => `frame ${at} is ${describe(kept)} once its chunk is overwritten, and was ${describe(frame)}`,
    );
  }
}

export async function splitsAgree(spec: Spec): Promise<void> {
  const stream = streamOf(spec);
  const random = seeded(spec.seed ?? 1);
  const whole = framesOf(spec, (await greeted(spec)).push(...chunksOf(spec)));
  const single = Array.from({ length: Math.min(stream.length + 1, maxSingleCuts) }, (_, at) =>
    stream.length < maxSingleCuts ? at : below(stream.length + 1, random),
  );
  for (const at of single) await agrees(spec, cutAt(stream, [at]), whole);
  await agrees(spec, singleBytes(stream), whole);
  for (let run = 0; run < randomRuns; run++) await agrees(spec, randomCuts(stream, random), whole);
}

async function agrees(spec: Spec, chunks: readonly Uint8Array[], whole: readonly unknown[]): Promise<void> {
  const interview = (await greeted(spec)).push(...chunks);
  const cut = `chunks of ${describe(chunks.map(({ length }) => length))} bytes`;
  const { failure } = interview;
  rule(failure === undefined, () => `${cut}: ${failure && textOf(failure)}`);
  const frames = framesOf(spec, interview);
  const at = frames.findIndex((frame, index) => !isSame(frame, whole[index]));
  rule(at === -1, () => `${cut}: frame ${at} is ${describe(frames[at])}; uncut it is ${describe(whole[at])}`);
  rule(
    frames.length === whole.length,
    () => `${cut}: ${frames.length} frames; uncut there are ${whole.length}`,
  );
  rule(!interview.dialogue.decoder.midFrame, () => `${cut}: midFrame is true after the last frame`);
}

export async function midFrameTells(spec: Spec): Promise<void> {
  const interview = await greeted(spec);
  for (const [at, frame] of spec.frames.entries()) {
    const bytes = join(partsOf(frame) as readonly Uint8Array[]);
    for (const [index, byte] of singleBytes(bytes).entries()) {
      interview.push(byte);
      const inside = index < bytes.length - 1;
      rule(
        interview.dialogue.decoder.midFrame === inside,
        () => `frame ${at}: midFrame is ${!inside} after ${index + 1} of ${bytes.length} bytes`,
      );
    }
  }
}

export async function dialoguesAreApart(spec: Spec): Promise<void> {
  const chunks = carriesBytes(spec) ? singleBytes(streamOf(spec)) : chunksOf(spec);
  const alone = framesOf(spec, (await greeted(spec)).push(...chunks));
  const [one, other] = [await greeted(spec), await greeted(spec)];
  const lead = Math.floor(chunks.length / 2);
  one.push(...chunks.slice(0, lead));
  for (const [at, chunk] of chunks.entries()) {
    other.push(chunk);
    if (lead + at < chunks.length) one.push(chunks[lead + at]);
  }
  for (const interview of [one, other])
    rule(
      isSame(framesOf(spec, interview), alone),
      () => 'a dialogue sees bytes of another: they share state',
    );
}

export async function isBounded(spec: Spec, endless: EndlessFrame<unknown>): Promise<void> {
  if (!carriesBytes(spec)) return refusesWhole(spec, endless);
  for (const size of chunkSizes) {
    const chunk = repeated(endless.fill, size);
    const interview = await greeted(spec);
    if (endless.start !== undefined) interview.push(endless.start);
    let pushed = 0;
    while (interview.failure === undefined && pushed <= endless.limit) {
      interview.push(chunk);
      pushed += chunk.length;
    }
    isRefused(interview, `${pushed} bytes in chunks of ${chunk.length}`);
  }
}

/** A transport of messages hands a message over in one piece. */
async function refusesWhole(spec: Spec, { start, fill, limit }: EndlessFrame<unknown>): Promise<void> {
  const rest = repeated(fill, limit + 1);
  const message =
    typeof rest === 'string'
      ? `${start ?? ''}${rest}`
      : join([(start as Uint8Array) ?? new Uint8Array(0), rest]);
  isRefused((await greeted(spec)).push(message), `a message of ${message.length}`);
}

function isRefused({ failure, frames }: Interview, after: string): void {
  rule(frames.length === 0, () => `${after}: has an end, as ${frames.length} frames came of it`);
  rule(failure !== undefined, () => `${after}: not refused`);
  rule(
    failure.reason === 'message-too-big' || failure.reason === 'protocol-error',
    () => `${after}: ${textOf(failure)}, expected message-too-big or protocol-error`,
  );
}

export async function garbageIsRefused(spec: Spec): Promise<void> {
  const random = seeded(spec.seed ?? 1);
  for (let run = 0; run < garbageRuns; run++) {
    const interview = await greeted(spec);
    const chunks = carriesBytes(spec)
      ? randomCuts(garbageBytes(spec, random), random)
      : [random() < 0.5 ? noise(random) : textOfNoise(random)];
    const sent = () => describe(chunks);
    try {
      for (const frame of interview.push(...chunks).frames) questions(interview, frame);
    } catch (error) {
      throw new Error(`${sent()}: threw ${error}`, { cause: error });
    }
    const { failure } = interview;
    rule(
      failure === undefined || names(failure),
      () => `${sent()}: ${failure && textOf(failure)} is no reason of a peer`,
    );
  }
}

/** All that an incarnation asks of a frame. */
function questions({ dialogue }: Interview, frame: unknown): void {
  dialogue.isHeartbeat(frame);
  dialogue.isInternal?.(frame);
  dialogue.acknowledges?.(frame);
  dialogue.patience;
}

/** Noise, or the frames of the contract with some bytes changed, left out or doubled. */
function garbageBytes(spec: Spec, random: () => number): Uint8Array {
  const stream = streamOf(spec);
  if (stream.length === 0 || random() < 0.3) return noise(random);
  const [start = 0, end = 0] = [below(stream.length, random), below(stream.length, random)].sort(
    (a, b) => a - b,
  );
  const part = stream.slice(start, end + 1);
  part[below(part.length, random)] = below(256, random);
  return join([stream.subarray(0, below(stream.length, random)), part, stream.subarray(end)]);
}

function noise(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 1 + below(maxGarbage, random) }, () => below(256, random));
}

function textOfNoise(random: () => number): string {
  return Array.from(noise(random), (byte) => String.fromCharCode(byte * (random() < 0.1 ? 251 : 1))).join('');
}

function streamOf(spec: Spec): Uint8Array {
  return join(chunksOf(spec) as readonly Uint8Array[]);
}

/** As they are, or with the runs of bytes of a transparent stream in one. */
function framesOf({ transparent = false }: Spec, { frames }: Interview): readonly unknown[] {
  if (!transparent) return frames;
  const joined: unknown[] = [];
  for (const frame of frames) {
    const last = joined.at(-1);
    if (last instanceof Uint8Array && frame instanceof Uint8Array)
      joined.push(join([joined.pop() as Uint8Array, frame]));
    else joined.push(frame);
  }
  return joined;
}
