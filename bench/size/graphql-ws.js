import { createSupervisor, handshakes, routes } from 'holdfast';
import { graphqlWs } from 'holdfast/graphql-ws';

const connection = createSupervisor({ parts: [handshakes, routes] }).connect({
  url: 'wss+graphql://example.org/graphql',
  protocol: graphqlWs(),
  onMessage: (message) => console.log(message),
});
const query = 'subscription { messages { text } }';
connection.send({ type: 'subscribe', id: 'messages', payload: { query } });
