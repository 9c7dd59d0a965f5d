/** A silent server is the page's own matter: its documentation has this recipe. */
import { createClient } from 'graphql-ws';

let socket;
let timer;
const client = createClient({
  url: 'wss://example.org/graphql',
  keepAlive: 10_000,
  retryAttempts: Number.POSITIVE_INFINITY,
  on: {
    opened: (opened) => {
      socket = opened;
    },
    ping: (received) => {
      if (!received) timer = setTimeout(() => socket.close(4408, 'Request Timeout'), 10_000);
    },
    pong: (received) => {
      if (received) clearTimeout(timer);
    },
  },
});
const ignore = () => {};
client.subscribe(
  { query: 'subscription { messages { text } }' },
  { next: (result) => console.log(result), error: ignore, complete: ignore },
);
client.subscribe(
  { query: 'mutation { say(text: "hello") }' },
  { next: ignore, error: ignore, complete: ignore },
);
