/** The events of a standard WebSocket, including a `CloseEvent` for platforms without one, and its `on…` attributes. */
/** The part of a standard `CloseEvent` beyond `Event`. */
export interface CloseInit {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** The event `close` of a socket. */
export interface SocketCloseEvent extends Event, CloseInit {}

/** `data` is text, a `Blob` or an `ArrayBuffer`. */
export interface SocketMessageEvent extends Event {
  // biome-ignore lint/suspicious/noExplicitAny: as in the standard's own declaration
  readonly data: any;
  readonly origin: string;
  readonly lastEventId: string;
}

/** The events of a socket by name. */
export interface SocketEvents {
  readonly open: Event;
  readonly message: SocketMessageEvent;
  readonly error: Event;
  readonly close: SocketCloseEvent;
}

/** A `CloseEvent` for Node before version 23. */
class PlainCloseEvent extends Event implements CloseInit {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(type: string, { code, reason, wasClean }: CloseInit) {
    super(type);
    this.code = code;
    this.reason = reason;
    this.wasClean = wasClean;
  }
}

interface Platform {
  readonly CloseEvent?: new (type: string, init: CloseInit) => SocketCloseEvent;
  readonly MessageEvent: new (type: string, init: { data: unknown; origin: string }) => SocketMessageEvent;
}

export function closeEvent(init: CloseInit): SocketCloseEvent {
  const { CloseEvent = PlainCloseEvent } = globalThis as unknown as Platform;
  return new CloseEvent('close', init);
}

export function messageEvent(data: unknown, origin: string): SocketMessageEvent {
  const { MessageEvent } = globalThis as unknown as Platform;
  return new MessageEvent('message', { data, origin });
}

export type Handler<Type extends keyof SocketEvents> = (event: SocketEvents[Type]) => unknown;

/**
 * The `on…` attributes of one target (HTML standard, event handler attributes): a handler is called at the place
 * among the listeners at which it was first set, and its replacement keeps the place.
 */
export class HandlerAttributes {
  readonly #target: EventTarget;
  readonly #handlers = new Map<string, unknown>();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  get<Type extends keyof SocketEvents>(type: Type): Handler<Type> | null {
    return (this.#handlers.get(type) as Handler<Type> | undefined) ?? null;
  }

  /** Sets a handler; a value that is neither a function nor an object removes it. */
  set(type: string, value: unknown): void {
    const isHandler = typeof value === 'function' || (typeof value === 'object' && value !== null);
    if (!isHandler) {
      this.#handlers.delete(type);
      return this.#target.removeEventListener(type, this.#call);
    }
    if (!this.#handlers.has(type)) this.#target.addEventListener(type, this.#call);
    this.#handlers.set(type, value);
  }

  readonly #call = (event: Event): void => {
    const handler = this.#handlers.get(event.type);
    if (typeof handler === 'function') handler.call(this.#target, event);
  };
}
