/** Stream transports of Node. */
export { tcp } from './transport/tcp.ts';
export { tls } from './transport/tls.ts';
export { unix } from './transport/unix.ts';
