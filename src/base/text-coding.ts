/** The platform's coders of UTF-8, made at their first use: React Native loads this package and may have none. */
type Encoder = InstanceType<typeof TextEncoder>;
type Decoder = InstanceType<typeof TextDecoder>;

let encoding: Encoder | undefined;
let strict: Decoder | undefined;
let lenient: Decoder | undefined;

export function encoder(): Encoder {
  encoding ??= new TextEncoder();
  return encoding;
}

/** Throws for bytes that are not UTF-8. A byte order mark is kept as text: any message may start with one. */
export function strictDecoder(): Decoder {
  strict ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  return strict;
}

/** U+FFFD stands for what is not UTF-8. */
export function lenientDecoder(): Decoder {
  lenient ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return lenient;
}

/** The bytes of ASCII, for constants of a module: those are made while it loads, and need no coder. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}
