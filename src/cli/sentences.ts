/** A sentence for each event, for terminals that cannot move the cursor (`TERM=dumb`). */
import type { Subscription } from 'rxjs';
import { sentence } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { silentLogger } from '../base/log.ts';
import { foreignText } from '../base/redact.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { messageOf } from './problems.ts';

export class Sentences implements Output {
  readonly reporting = {
    logger: silentLogger,
    onError: (error: unknown, where: string) => this.#say(foreignText(`${where}: ${messageOf(error)}`)),
  };
  readonly #io: Io;
  #subscription: Subscription | undefined;

  constructor(io: Io) {
    this.#io = io;
  }

  label(): void {}

  follow(supervisor: Supervisor): void {
    this.#subscription = supervisor.events$.subscribe((event) => {
      const about = 'connection' in event ? `${event.connection}: ` : '';
      this.#say(about + sentence(event));
    });
  }

  announce(_fields: object, headline: string): void {
    this.#say(headline);
  }

  tell(_fields: object, line: string): void {
    this.#say(line);
  }

  conclude(_fields: object, text: string): void {
    this.#say(text);
  }

  finish(): void {
    this.#subscription?.unsubscribe();
  }

  #say(text: string): void {
    this.#io.stdout.write(`${timeOfDay(this.#io.clock.wall())} ${printable(text)}\n`);
  }
}

/** Hours, minutes and seconds of the day in UTC. */
function timeOfDay(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
