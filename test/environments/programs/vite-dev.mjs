/** A development server, which bundles the packages of a page before the page is served. */
import { createServer } from 'vite';

const server = await createServer({ root: '.', logLevel: 'error', server: { host: '127.0.0.1', port: 0 } });
await server.listen();
console.log(server.httpServer.address().port);
