/** What carries the sessions of a scenario. A seed draws the same over each. */
import { framed } from '../../../src/protocols/framed.ts';
import { websocket } from '../../../src/protocols/websocket.ts';

export type Carrier = 'framed' | 'websocket';

export function beneath(carrier: Carrier) {
  return carrier === 'framed' ? framed() : websocket();
}

export function urlOf(carrier: Carrier, host: string): string {
  return `${carrier === 'framed' ? 'memory' : 'ws'}://${host}`;
}
