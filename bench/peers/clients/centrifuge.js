import { Centrifuge } from 'centrifuge';

const client = new Centrifuge('wss://example.org/connection/websocket');
client.on('message', ({ data }) => console.log(data));
client.connect();
client.send({ text: 'hello' });
