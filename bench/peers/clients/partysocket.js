/** A heartbeat is the page's own: `reconnect` after 20 s of silence. */
import { WebSocket } from 'partysocket';

const socket = new WebSocket('wss://example.org/feed');
let heardAt = Date.now();
socket.addEventListener('message', ({ data }) => {
  heardAt = Date.now();
  if (data !== 'pong') console.log(data);
});
setInterval(() => {
  if (Date.now() - heardAt > 20_000) socket.reconnect();
  else socket.send('ping');
}, 10_000);
socket.send('hello');
