/** The part of Phoenix's client that is used here; the package has no types. */
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
}
