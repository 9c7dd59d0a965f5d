import { createSupervisor, websocketText } from 'holdfast';

const feed = createSupervisor().connect({
  url: 'wss://example.org/feed',
  protocol: websocketText({ ping: 'ping', pong: 'pong' }),
  onMessage: (message) => console.log(message),
});
feed.send('hello');
