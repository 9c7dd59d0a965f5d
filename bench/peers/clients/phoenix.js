import { Socket } from 'phoenix';

const socket = new Socket('wss://example.org/socket', { heartbeatIntervalMs: 10_000 });
socket.connect();
const channel = socket.channel('room:1');
channel.on('message', (payload) => console.log(payload));
channel.join();
channel.push('message', { text: 'hello' });
