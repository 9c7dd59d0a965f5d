/** The parts of Phoenix's client that are used here; the package has no types. */
declare module 'phoenix' {
  interface Channel {
    join(): unknown;
    on(event: string, callback: (payload: unknown) => void): void;
  }
  export class Socket {
    constructor(url: string, options: Readonly<Record<string, unknown>>);
    connect(): void;
    disconnect(): void;
    channel(topic: string): Channel;
  }
  interface Message {
    readonly join_ref: string | null;
    readonly ref: string | null;
    readonly topic: string;
    readonly event: string;
    readonly payload: unknown;
  }
  /** Version 2.0.0. The callbacks are called at once. */
  export const Serializer: {
    encode(message: Message, callback: (encoded: string | ArrayBuffer) => void): void;
    decode(raw: string | ArrayBuffer, callback: (message: Message) => void): void;
  };
}
