/** A plain line server: `server-worker.ts ADDRESS`. Answers each line with `PONG`, sends its port, ends with its parent. */
import { createServer } from 'node:net';

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', () => socket.write('PONG\n'));
});
server.listen(0, process.argv[2], () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('disconnect', () => process.exit(0));
