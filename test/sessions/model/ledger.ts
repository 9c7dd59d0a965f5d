/** What the applications and the store of the model have seen of its one session, and what must hold of it at any time. */
import type { Written } from '../../../src/sessions/store.ts';
import type { Process } from './process.ts';

/** A message of the client that a process has begun to handle. */
interface Begun {
  readonly process: Process;
  readonly number: number;
}

export class Ledger {
  readonly violations: string[] = [];
  /** The messages of the client that were handed out, in that order; those flagged with `!`. */
  readonly begun: string[] = [];
  /** Messages of servers, in the order of the log. */
  readonly log: string[] = [];
  /** The numbers of messages whose effect is in the store. */
  readonly effects: number[] = [];
  /** Messages of the client that the store has recorded. */
  recorded = 0;
  /** A process died, stood still or did not reach the store: what it has claimed may come again. */
  mayRepeat = false;
  #highest = 0;
  readonly #open = new Set<Begun>();

  violated(what: string): void {
    this.violations.push(what);
  }

  begin(process: Process, text: string, again: boolean): Begun {
    const number = Number(text.slice(1));
    const what = `${process.name} begins ${text}${again ? '!' : ''}`;
    this.begun.push(`${text}${again ? '!' : ''}`);
    if (number > this.#highest + 1) this.violated(`${what} after u${this.#highest}`);
    if (number <= this.#highest && !again) this.violated(`${what} a second time`);
    if (number <= this.recorded) this.violated(`${what}, and ${this.recorded} are recorded`);
    if (again && !this.mayRepeat) this.violated(`${what}, and no process had a fault`);
    for (const other of this.#open)
      if (!other.process.isDead && !other.process.wasLate)
        this.violated(`${what} while ${other.process.name} handles u${other.number}`);
    this.#highest = Math.max(this.#highest, number);
    const begun = { process, number };
    this.#open.add(begun);
    return begun;
  }

  end(begun: Begun): void {
    this.#open.delete(begun);
    begun.process.done = begun.number;
  }

  /** The store has acted, whether or not its answer arrives. */
  answered(process: Process, name: string, args: readonly unknown[], answer: unknown): void {
    const number = args[1] as number;
    if (name === 'record' && (answer === 'ok' || answer === 'moved')) this.#recorded(process, number);
    if (name === 'transact') this.#applied(number);
    if (name === 'append' && (answer as Written) === 'ok') this.#appended(number, args[2] as Uint8Array[]);
  }

  #recorded(process: Process, number: number): void {
    if (number > this.recorded && number > process.done)
      this.violated(`${process.name} records ${number}, and has done with ${process.done}`);
    this.recorded = Math.max(this.recorded, number);
  }

  #applied(number: number): void {
    if (number !== this.recorded + 1) this.violated(`effect ${number} after ${this.recorded}`);
    this.effects.push(number);
    this.recorded = Math.max(this.recorded, number);
  }

  #appended(from: number, frames: readonly Uint8Array[]): void {
    for (const [at, frame] of frames.entries()) {
      const text = new TextDecoder().decode(frame.subarray(1));
      const before = this.log[from + at - 1];
      if (before !== undefined && before !== text)
        this.violated(`number ${from + at} was ${before}, and is ${text}`);
      this.log[from + at - 1] = text;
    }
  }
}
