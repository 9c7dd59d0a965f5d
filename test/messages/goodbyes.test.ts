/** A server that stops over a window, on real sockets: which clients get its goodbye, when, and after which messages. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketOverWs } from '../../src/transport/websocket-ws.ts';
import { supervision } from '../support/supervision.ts';
import { later, placeOf } from '../transport/peers.ts';

/** What one client saw. */
interface Client {
  readonly answers: string[];
  /** `end`, a close code, or an error. */
  goodbye: string;
  /** When it was said, in milliseconds from the call of `stop`. */
  at: number;
  ask(question: string): void;
}

type Dial = (url: string, now: () => number) => Promise<Client>;

const overTcp: Dial = async (url, now) => {
  const socket = connect(placeOf(url));
  const client = newClient((question) => socket.write(`${question}\n`));
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    client.answers.push(...lines.filter((each) => each !== 'PING'));
  });
  socket.on('end', () => Object.assign(client, { at: now(), goodbye: 'end' }));
  socket.on('error', (error) => Object.assign(client, { goodbye: String(error) }));
  later(() => socket.destroy());
  await once(socket, 'connect');
  return client;
};

const overWebSocket: Dial = async (url, now) => {
  const socket = new WebSocket(url);
  const client = newClient((question) => socket.send(question));
  socket.on('message', (data) => client.answers.push(String(data)));
  socket.on('close', (code, reason) => Object.assign(client, { at: now(), goodbye: `${code} ${reason}` }));
  socket.on('error', (error) => Object.assign(client, { goodbye: String(error) }));
  later(() => socket.terminate());
  await once(socket, 'open');
  return client;
};

function newClient(ask: (question: string) => void): Client {
  const client: Client = {
    answers: [],
    goodbye: '',
    at: Number.NaN,
    ask: (question) => client.goodbye === '' && ask(question),
  };
  return client;
}

describe('goodbyes: stop({ over }) of a server with 500 clients', () => {
  it.each([
    ['tcp', 5000, overTcp, 'end'],
    ['ws', 2000, overWebSocket, '1001 going away'],
  ] as const)(
    'over %s says its goodbyes evenly within %i ms, after every last answer',
    async (scheme, over, dial, goodbye) => {
      const { supervisor } = supervision({ transports: [webSocketOverWs()], deadlines: { close: 5000 } });
      /** What was accepted for sending, for each connection. */
      const answered = new Map<string, string[]>();
      const { url } = await supervisor.listen<string>({
        url: `${scheme}://127.0.0.1:0`,
        onMessage: (question, connection) => {
          const answer = `re: ${question}`;
          const name = question.slice(0, question.indexOf('.'));
          connection.send(answer).then(
            () => answered.set(name, [...(answered.get(name) ?? []), answer]),
            () => {},
          );
        },
      });
      let from = Number.NaN;
      const clients: Client[] = [];
      while (clients.length < 500) {
        const next = Array.from({ length: 50 }, () => dial(url, () => performance.now() - from));
        clients.push(...(await Promise.all(next)));
      }
      // Each asks and asks, also while the server says goodbye to others.
      let round = 0;
      const asking = setInterval(() => {
        round++;
        for (const [n, client] of clients.entries()) client.ask(`${n}.${round}`);
      }, 100);
      later(() => clearInterval(asking));
      await expect.poll(() => answered.size, { timeout: 15_000 }).toBe(500);

      from = performance.now();
      await supervisor.stop({ over });
      const took = performance.now() - from;
      await expect
        .poll(() => clients.filter(({ goodbye: said }) => said === '').length, { timeout: 5000 })
        .toBe(0);

      expect(new Set(clients.map(({ goodbye: said }) => said))).toEqual(new Set([goodbye]));
      for (const [n, client] of clients.entries()) expect(client.answers).toEqual(answered.get(String(n)));
      const times = clients.map(({ at }) => at).sort((a, b) => a - b);
      const late = times.map((at, n) => at - (n * over) / 500);
      // The clocks of both sides differ by their rounding. A busy machine is late with some, but not with half.
      expect(Math.min(...late)).toBeGreaterThan(-2);
      expect(late.sort((a, b) => a - b)[250]).toBeLessThan(over / 5);
      expect(took).toBeLessThan(over + 5000);
    },
  );
});
