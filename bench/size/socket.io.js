import { createSupervisor, handshakes, routes } from 'holdfast';
import { socketIo, socketIoUrl } from 'holdfast/socket.io';

const connection = createSupervisor({ parts: [handshakes, routes] }).connect({
  url: socketIoUrl('wss+socketio://example.org'),
  protocol: socketIo(),
  onMessage: (message) => console.log(message),
});
connection.send({ event: 'message', args: ['hello'] });
