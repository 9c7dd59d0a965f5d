import { createSupervisor, handshakes, routes } from 'holdfast';
import { phoenix, phoenixUrl } from 'holdfast/phoenix';

const channel = createSupervisor({ parts: [handshakes, routes] }).connect({
  url: phoenixUrl('wss+phoenix://example.org/socket'),
  protocol: phoenix({ join: { 'room:1': {} } }),
  onMessage: (message) => console.log(message),
});
channel.send({ topic: 'room:1', event: 'message', payload: { text: 'hello' } });
