/** `-v`: shows the messages that come in, as lines of JSON or above the table. */
import type { Connection } from '../../actors/supervisor/handle.ts';
import type { Clock } from '../../time/clock.ts';
import type { Output } from '../output.ts';
import { Allowance, type Omitted, type Rates } from './allowance.ts';
import { escaped } from './escaped.ts';
import { excerptOf } from './excerpt.ts';

const rates: Rates = { all: 100, each: 20 };

/** Of a connection the members that a line names. */
type Source = Pick<Connection, 'id' | 'url' | 'incarnation'>;

export class Messages {
  readonly #output: Output;
  readonly #allowance: Allowance;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#allowance = new Allowance(rates, clock, (omitted) => this.#tell(omitted));
  }

  /** For `onMessage` of a connection. */
  readonly show = (message: unknown, { id, url, incarnation }: Source): void => {
    if (!this.#allowance.takes(id)) return;
    const excerpt = excerptOf(message);
    const end = excerpt.cut ? ' …' : '';
    const line = `${escaped(id)} < ${excerpt.text}${end}`;
    const msg = excerpt.size === undefined ? 'a message' : `a message of ${excerpt.size} bytes`;
    const fields = { connection: id, url, incarnation, ...excerpt, msg };
    this.#output.tell({ event: 'message', ...fields }, line);
  };

  /** Says how many were left out since the last second. */
  end(): void {
    this.#allowance.end();
  }

  #tell({ lines: messages, sources: { length: connections } }: Omitted): void {
    const many = connections === 1 ? '1 connection' : `${connections} connections`;
    const line = `${messages} more messages of ${many} are not shown`;
    this.#output.tell({ event: 'messages-omitted', messages, connections }, line);
  }
}
