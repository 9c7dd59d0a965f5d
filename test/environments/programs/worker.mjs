/** The script of a web, a shared and a service worker: a message is the URL of a visit, and the answer is what came back. */
import { visit } from './visit.mjs';

globalThis.addEventListener('message', (event) => {
  const answered = visit(event.data).then((heard) => (event.source ?? globalThis).postMessage(heard));
  // A service worker ends when nothing waits.
  event.waitUntil?.(answered);
});
globalThis.addEventListener('connect', ({ ports: [port] }) => {
  port.onmessage = async ({ data }) => port.postMessage(await visit(data));
});
