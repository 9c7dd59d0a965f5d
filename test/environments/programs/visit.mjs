/** What each page and worker runs: says hello, has its socket cut by the server, and says hello on the next one. */
import { createSupervisor, websocketText } from 'holdfast';

/** Resolves with what came back, each with the number of its socket. */
export function visit(url, options = {}) {
  const supervisor = createSupervisor({ heartbeat: { interval: '1s' }, ...options });
  const heard = [];
  return new Promise((resolve) => {
    const onMessage = (text) => {
      heard.push(`${text} ${connection.incarnation}`);
      if (heard.length === 1) connection.send('cut');
      else void supervisor.stop().then(() => resolve(heard.join(', ')));
    };
    const protocol = websocketText({ ping: 'ping', pong: 'pong' });
    const connection = supervisor.connect({ url, protocol, onMessage });
    let greeted = 0;
    connection.state$.subscribe((state) => {
      if (state !== 'alive' || greeted === connection.incarnation) return;
      greeted = connection.incarnation;
      connection.send('hello');
    });
  });
}
