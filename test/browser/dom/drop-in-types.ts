/** Compiled with the types of a browser, and not run: the drop-in goes where a `WebSocket` is asked for. */
import { createWebSocketClass } from 'holdfast/websocket-class';

const Made = createWebSocketClass({ reopen: true });

export const standard: typeof WebSocket = Made;
export const socket: WebSocket = new Made(new URL('wss://feed.example'), ['v1']);

const own = new Made('wss://feed.example');
own.addEventListener('close', ({ code, reason, wasClean }) => [code + 1, reason.length, wasClean === true]);
own.addEventListener('message', ({ data, origin }) => [data, origin.length], { once: true });
own.onmessage = ({ data }) => own.send(data);
own.binaryType = 'arraybuffer';

// @ts-expect-error: no such type
own.binaryType = 'nodebuffer';
// @ts-expect-error: a socket's state is not for others to set
own.readyState = Made.OPEN;
// @ts-expect-error: no such option
createWebSocketClass({ reconnects: true });
