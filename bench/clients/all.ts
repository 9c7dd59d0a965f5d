/** The clients by the names the tables use, each loaded only where it runs. */
import type { Client } from './client.ts';

export const clients: Readonly<Record<string, () => Promise<Client>>> = {
  'holdfast (line)': async () => (await import('./holdfast.ts')).overLine,
  'holdfast (websocket)': async () => (await import('./holdfast.ts')).overWebSocket,
  phoenix: async () => (await import('./phoenix.ts')).phoenix,
  'engine.io-client': async () => (await import('./engine-io.ts')).engineIo,
  mqtt: async () => (await import('./mqtt.ts')).mqtt,
  signalr: async () => (await import('./signalr.ts')).signalr,
  centrifuge: async () => (await import('./centrifuge.ts')).centrifuge,
  nats: async () => (await import('./nats.ts')).nats,
};

export function clientNamed(name: string | undefined): Promise<Client> {
  const load = clients[name ?? ''];
  if (load === undefined) throw new Error(`no such client: ${name}`);
  return load();
}
