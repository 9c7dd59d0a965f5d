import { io } from 'socket.io-client';

const socket = io('wss://example.org', { transports: ['websocket'] });
socket.on('message', (payload) => console.log(payload));
socket.emit('message', 'hello');
