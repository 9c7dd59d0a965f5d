/** A table on a terminal that updates in place, ten times a second at any rate of events. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { interval, Subscription } from 'rxjs';
import { sentence } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { silentLogger } from '../base/log.ts';
import { foreignText } from '../base/redact.ts';
import type { SessionView } from '../base/session-view.ts';
import { Board, type Row } from './board.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';
import { messageOf } from './problems.ts';
import { clip, drawTable, drawTotals } from './table.ts';

const REDRAW_MS = 100;
/** The size of a terminal that does not report one. */
const COLUMNS = 80;
const LINES = 24;

/** The members of a connection that each redraw reads. */
interface Measured {
  readonly rtt: { readonly smoothed: number } | undefined;
  /** Where its protocol is a session. */
  readonly sessionView?: SessionView | undefined;
}

export class Screen implements Output {
  readonly reporting = {
    logger: silentLogger,
    onError: (error: unknown, where: string) => {
      this.#trouble = foreignText(`${where}: ${messageOf(error)}`);
    },
  };
  readonly #io: Io;
  readonly #title: string;
  readonly #board: Board;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #subscription = new Subscription();
  #supervisor: Supervisor | undefined;
  #headline = '';
  #trouble = '';
  #result = '';

  /** `forgets`: as of its board. */
  constructor(io: Io, title: string, forgets?: boolean) {
    this.#board = new Board(forgets);
    this.#io = io;
    this.#title = title;
    this.#update = createLogUpdate(io.stdout);
  }

  follow(supervisor: Supervisor): void {
    const { scheduler } = this.#io.clock;
    this.#supervisor = supervisor;
    this.#subscription.add(
      supervisor.events$.subscribe((event) => {
        if (event.event === 'limit-reached') this.#headline = sentence(event);
        this.#board.apply(event, scheduler.now());
      }),
    );
    this.#subscription.add(interval(REDRAW_MS, scheduler).subscribe(() => this.#draw()));
  }

  announce(_fields: object, headline: string): void {
    this.#headline = headline;
  }

  tell(_fields: object, line: string): void {
    this.#io.stdout.write(`${line}\n`);
  }

  conclude(_fields: object, text: string): void {
    this.#result = text;
  }

  finish(): void {
    this.#subscription.unsubscribe();
    this.#draw();
    this.#update.done();
    if (this.#result !== '') this.#io.stdout.write(`\n${this.#result}\n`);
  }

  #draw(): void {
    const { columns: width = COLUMNS, rows: lines = LINES } = this.#io.stdout;
    const { rows, listening } = this.#board;
    const above = [
      `${pc.bold(`holdfast ${this.#title}`)}${pc.dim('  Ctrl-C to end')}`,
      ...listening.map((url) => clip(`listening on ${url}`, width)),
      pc.yellow(clip(this.#headline, width)),
      '',
    ];
    const trouble = this.#trouble === '' ? [] : [pc.red(clip(this.#trouble, width))];
    // Five lines: the table's head, the number of hidden rows, a gap, the totals, and the cursor's line.
    const height = Math.max(1, lines - above.length - trouble.length - 5);
    const view = { width, height, now: this.#io.clock.scheduler.now(), colors: pc.isColorSupported };
    const hidden = rows.length > height ? [pc.dim(`and ${rows.length - height} more`)] : [];
    const table = drawTable(this.#measured(rows.slice(0, height)), view);
    this.#update([...above, table, ...hidden, '', drawTotals(rows, view.colors), ...trouble].join('\n'));
  }

  /** Rows with current round-trip times, and messages on their way in sessions, which cause no events. */
  #measured(rows: readonly Row[]): Row[] {
    return rows.map((row) => {
      const connection = this.#supervisor?.get(row.id) as Measured | undefined;
      const rttMs = connection?.rtt?.smoothed;
      const unacknowledged = connection?.sessionView?.outgoing.messages;
      return {
        ...row,
        ...(rttMs !== undefined && { rttMs }),
        ...(row.session && unacknowledged !== undefined && { session: { ...row.session, unacknowledged } }),
      };
    });
  }
}
