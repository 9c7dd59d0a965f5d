/**
 * Follows each message of sessions from `send` to its fate. Messages of clients are `c<connection>.<number>`, those of servers
 * `s<session handle>.<number>`, before their padding.
 */
import { DeliveryError } from '../../../src/base/errors.ts';
import type { SessionReceipt } from '../../../src/sessions/info.ts';
import type { World } from '../world.ts';
import type { Entry, Ledger } from './ledger.ts';

type Fate = 'open' | 'numbered' | 'queued' | 'confirmed' | 'unacknowledged' | 'never-sent' | 'rejected';

export interface Letter {
  readonly key: string;
  readonly bytes: number;
  fate: Fate;
  /** How often it was handed out, and how often an application has done with it. */
  handed: number;
  done: number;
  /** The session in which it was handed out last. */
  entry: Entry | undefined;
  /** Its sender is gone, and is told nothing. */
  orphaned: boolean;
}

const never: ReadonlySet<Fate> = new Set(['never-sent', 'rejected']);

export class Account {
  readonly letters = new Map<string, Letter>();
  handed = 0;
  again = 0;
  confirmed = 0;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #counts = new Map<string, number>();

  constructor(world: World, ledger: Ledger) {
    this.#world = world;
    this.#ledger = ledger;
  }

  /** Messages whose senders do not know yet what became of them. */
  get unsettled(): Letter[] {
    return [...this.letters.values()].filter(({ fate }) => ['open', 'numbered', 'queued'].includes(fate));
  }

  /** The next text of a sender. */
  compose(sender: string, padding: number): string {
    const number = (this.#counts.get(sender) ?? 0) + 1;
    this.#counts.set(sender, number);
    return `${sender}.${number} ${'x'.repeat(padding)}`;
  }

  posted(text: string, receipt: Promise<SessionReceipt>): void {
    const key = keyOf(text);
    const letter: Letter = {
      ...{ key, bytes: text.length, fate: 'open', handed: 0, done: 0, entry: undefined, orphaned: false },
    };
    this.letters.set(key, letter);
    receipt.then(
      (written) => {
        letter.fate = written.outcome === 'queued' ? 'queued' : 'numbered';
        void written.confirmed.then((fate) => this.#settle(letter, fate));
      },
      (error) => {
        if (!(error instanceof DeliveryError)) this.#world.violated(`${key} was rejected with ${error}`);
        this.#settle(letter, 'rejected');
      },
    );
  }

  /** The senders of these are gone. */
  orphan(sender: string): void {
    for (const letter of this.letters.values())
      if (letter.key.startsWith(`${sender}.`)) letter.orphaned = true;
  }

  /** A server hands out message `number` of a client. */
  up(entry: Entry, number: number, text: string, again: boolean, resends: boolean): Letter | undefined {
    const key = keyOf(text);
    const letter = this.letters.get(key);
    const where = `number ${number} of session ${entry.serial}, ${key},`;
    if (letter === undefined) return void this.#world.violated(`${where} was never sent`);
    const before = entry.in[number - 1];
    const isDoubtful = number <= Math.max(entry.doubtful, entry.again);
    if (number <= entry.handled) this.#world.violated(`${where} is recorded as handled, and comes again`);
    if (again !== isDoubtful) this.#world.violated(`${where} comes with again: ${again}`);
    if (before !== undefined && before !== key) this.#world.violated(`${where} was ${before} before`);
    // A process that the client has left for another store goes on with what it received.
    const isOld = resends && letter.entry !== undefined && letter.entry.serial > entry.serial;
    if (letter.handed > 0 && !again && !isOld) this.#world.violated(`${where} comes a second time`);
    if (letter.handed > 0 && letter.entry !== entry && !resends)
      this.#world.violated(`${where} was handed out in session ${letter.entry?.serial}`);
    this.#inOrder(key, entry.in[number - 2], where);
    entry.in[number - 1] = key;
    this.#handedOut(letter, entry, where);
    this.again += Number(again);
    return letter;
  }

  /** A client hands out a message of a server. */
  down(text: string): Letter | undefined {
    const key = keyOf(text);
    const letter = this.letters.get(key);
    const logged = this.#ledger.logged.get(key);
    if (letter === undefined || logged === undefined)
      return void this.#world.violated(`${key} reached a client, and is in no log`);
    const { entry, number } = logged;
    if (letter.handed > 0) this.#world.violated(`${key} reached its client twice`);
    if (number !== entry.downHandled + 1)
      this.#world.violated(
        `${key}, number ${number} of session ${entry.serial}, came after ${entry.downHandled}`,
      );
    entry.downHandled = number;
    this.#handedOut(letter, entry, key);
    return letter;
  }

  #handedOut(letter: Letter, entry: Entry, where: string): void {
    if (never.has(letter.fate)) this.#world.violated(`${where} was ${letter.fate}, and is handed out`);
    letter.handed++;
    letter.entry = entry;
    this.handed++;
  }

  #inOrder(key: string, before: string | undefined, where: string): void {
    const [sender, number] = key.split('.');
    const [last, lastNumber] = before?.split('.') ?? [];
    if (last === sender && Number(number) <= Number(lastNumber))
      this.#world.violated(`${where} came after ${before}`);
  }

  #settle(letter: Letter, fate: Fate): void {
    if (letter.orphaned) return;
    const { key, handed, done } = letter;
    letter.fate = fate;
    this.confirmed += Number(fate === 'confirmed');
    if (fate === 'confirmed' && done === 0 && !this.#ledger.transacted.has(key))
      this.#world.violated(`${key} was confirmed, and not handled`);
    if (!never.has(fate)) return;
    if (handed > 0) this.#world.violated(`${key} was handed out, and is ${fate}`);
    const logged = this.#ledger.logged.get(key);
    if (logged !== undefined)
      this.#world.violated(`${key} is in the log of session ${logged.entry.serial}, and ${fate}`);
  }
}

export function keyOf(text: string): string {
  return text.split(' ', 1)[0] as string;
}
