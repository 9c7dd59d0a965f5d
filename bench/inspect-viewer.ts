/** A page as `inspect-worker.ts` needs it: reads all it is sent, and watches the connection it is told to. */
import { WebSocket } from 'ws';
import { mortal } from './support/processes.ts';

const [page = '', watched] = process.argv.slice(2);
const url = new URL(page);
url.protocol = 'ws:';
url.pathname = '/wire';

mortal(120_000);

const socket = new WebSocket(url);
socket.on('error', () => process.exit(1));
socket.on('message', (data) => {
  const { type } = JSON.parse(String(data)) as { readonly type: string };
  const ready = watched === undefined ? 'full' : 'history';
  if (type === 'full' && watched !== undefined) socket.send(JSON.stringify({ type: 'watch', id: watched }));
  if (type === ready) process.send?.('ready');
});
