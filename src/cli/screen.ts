/** A table on a terminal that updates in place, five times a second at any rate of events. */
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import { interval, Subscription } from 'rxjs';
import { sentence } from '../actors/supervisor/events.ts';
import type { Supervisor } from '../actors/supervisor/supervisor.ts';
import { defined } from '../base/defined.ts';
import { type Logger, logError, silentLogger } from '../base/log.ts';
import { foreignText } from '../base/redact.ts';
import type { SessionView } from '../base/session-view.ts';
import { Board, type Row } from './board.ts';
import { clip } from './cell.ts';
import type { Io, OutputStream } from './io.ts';
import { Browser, KEYS } from './keys/browser.ts';
import { parsedLine } from './lines/line.ts';
import { loggerInto } from './lines/logger.ts';
import { pretty } from './lines/pretty.ts';
import type { Labels, Output } from './output.ts';
import { messageOf } from './problems.ts';
import { Scroll } from './scroll.ts';
import { drawTable, drawTotals } from './table.ts';

const REDRAW_MS = 200;
/** Looks until the table is drawn without a reason, as round-trip times and countdowns change, and rows without an event are asked for. */
const DRAW_EVERY = 5;
/** The size of a terminal that does not report one. */
const COLUMNS = 80;
const LINES = 24;

/** How a table treats its rows. */
export interface TableOptions {
  /** Connections that are over have none: as of `Board`. Default false. */
  readonly forgets?: boolean;
  /** Trouble comes first, also where all rows fit. Default false. */
  readonly ranked?: boolean;
  /** The level of log lines, which go to standard error, or above the table where that is the terminal. Default: none. */
  readonly level?: string;
}

/** The members of a connection that each redraw reads. */
interface Measured {
  readonly rtt: { readonly smoothed: number } | undefined;
  /** Where its protocol is a session. */
  readonly sessionView?: SessionView | undefined;
}

export class Screen implements Output {
  readonly reporting: Output['reporting'];
  readonly #io: Io;
  readonly #title: string;
  readonly #board: Board;
  readonly #browser: Browser;
  readonly #update: ReturnType<typeof createLogUpdate>;
  readonly #scroll = new Scroll();
  readonly #subscription = new Subscription();
  #supervisor: Supervisor | undefined;
  #labelsOf: ((id: string) => Labels | undefined) | undefined;
  #looks = 0;
  /** Something has changed since the last drawing. */
  #isStale = true;
  #hasKeys = false;
  #headline = '';
  #trouble = '';
  #result = '';

  constructor(io: Io, title: string, { forgets, ranked = false, level }: TableOptions) {
    const logger = level === undefined ? silentLogger : this.#loggerAt(level, io);
    this.reporting = {
      logger,
      onError: (error, where) => {
        this.#trouble = foreignText(`${where}: ${messageOf(error)}`);
        this.#isStale = true;
        logError(logger, error, where);
      },
    };
    this.#board = new Board(forgets);
    this.#io = io;
    this.#title = title;
    this.#browser = new Browser(ranked);
    this.#update = createLogUpdate(sized(io.stdout) as OutputStream);
  }

  label(labelsOf: (id: string) => Labels | undefined): void {
    this.#labelsOf = labelsOf;
  }

  follow(supervisor: Supervisor): void {
    const { scheduler } = this.#io.clock;
    this.#supervisor = supervisor;
    this.#subscription.add(
      supervisor.events$.subscribe((event) => {
        if (event.event === 'limit-reached') this.#headline = sentence(event);
        this.#board.apply(event, scheduler.now());
        this.#isStale = true;
      }),
    );
    this.#subscription.add(interval(REDRAW_MS, scheduler).subscribe(() => this.#look()));
    const { keys$ } = this.#io;
    if (keys$ === undefined) return;
    this.#hasKeys = true;
    const quit = () => this.#io.quit();
    this.#subscription.add(this.#browser.follow(keys$, quit, () => this.#draw()));
  }

  announce(fields: object, headline: string, level: 'debug' | 'info' | 'warn' = 'info'): void {
    this.reporting.logger[level](fields, headline);
    if (level === 'debug') return;
    this.#headline = headline;
    this.#isStale = true;
  }

  /** Before `follow` at once; then with the next drawing, as the table moves. */
  tell(_fields: object, line: string): void {
    if (this.#supervisor === undefined) this.#io.stdout.write(`${line}\n`);
    else this.#scroll.add(line);
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

  #loggerAt(level: string, { stderr, clock }: Io): Logger {
    const above = (line: string) => this.#scroll.add(pretty(parsedLine(line), false));
    const lines = stderr.isTTY === true ? { write: above } : stderr;
    return loggerInto(lines, level, clock, (id) => this.#labelsOf?.(id));
  }

  #look(): void {
    const isDue = this.#looks++ % DRAW_EVERY === 0;
    if (isDue) this.#expectAll();
    if (isDue || this.#isStale || this.#scroll.isWaiting) this.#draw();
  }

  #draw(): void {
    const { columns: width, rows: lines } = sized(this.#io.stdout);
    this.#isStale = false;
    const rows = this.#rows;
    const above = [
      this.#titleIn(width),
      ...this.#board.listening.map((url) => clip(`listening on ${url}`, width)),
      pc.yellow(clip(this.#headline, width)),
      '',
    ];
    const trouble = this.#trouble === '' ? [] : [pc.red(clip(this.#trouble, width))];
    // Five lines: the table's head, the note below it, a gap, the totals, and the cursor's line.
    const room = lines - above.length - trouble.length - 5;
    const height = Math.max(1, this.#scroll.isUsed ? Math.min(room, Math.floor(lines / 2)) : room);
    const view = { width, height, now: this.#io.clock.scheduler.now(), colors: pc.isColorSupported };
    const page = this.#browser.page(rows, height, view.now);
    const note = page.note === '' ? [] : [pc.dim(clip(page.note, width))];
    const table = drawTable(this.#measured(page.rows), { ...view, ...page });
    this.#scrolled(width, lines);
    this.#update([...above, table, ...note, '', drawTotals(rows, view.colors), ...trouble].join('\n'));
  }

  #titleIn(width: number): string {
    const title = clip(`holdfast ${this.#title}`, width);
    const keys = clip(`  ${this.#hasKeys ? KEYS : 'Ctrl-C to end'}`, Math.max(0, width - title.length));
    return `${pc.bold(title)}${pc.dim(keys)}`;
  }

  /** All rows, without those that `label` has no answer for. */
  get #rows(): readonly Row[] {
    const labelsOf = this.#labelsOf;
    const { rows } = this.#board;
    const known = labelsOf === undefined ? rows : rows.filter(({ id }) => labelsOf(id) !== undefined);
    return this.#browser.needsAll ? this.#measured(known) : known;
  }

  /** As many lines at a time as the terminal has: a longer text would lose its beginning. */
  #scrolled(width: number, height: number): void {
    const lines = this.#scroll.take().map((line) => clip(line, width));
    const most = Math.max(1, height - 1);
    for (let at = 0; at < lines.length; at += most)
      this.#update.persist(lines.slice(at, at + most).join('\n'));
  }

  #expectAll(): void {
    for (const connection of this.#supervisor?.connections ?? []) this.#board.expect(connection);
  }

  /** Rows with labels, current round-trip times, and messages on their way in sessions: these cause no events. */
  #measured(rows: readonly Row[]): Row[] {
    return rows.map((row) => {
      const connection = this.#supervisor?.get(row.id) as Measured | undefined;
      const rttMs = connection?.rtt?.smoothed;
      const labels = this.#labelsOf?.(row.id);
      const unacknowledged = connection?.sessionView?.outgoing.messages ?? 0;
      const session =
        row.session && connection?.sessionView ? { ...row.session, unacknowledged } : row.session;
      return { ...row, ...defined({ rttMs, labels, session }) };
    });
  }
}

/** A terminal without a size says 0 by 0. */
function sized(stdout: OutputStream) {
  return {
    isTTY: true,
    write: (text: string) => stdout.write(text),
    get columns() {
      return stdout.columns || COLUMNS;
    },
    get rows() {
      return stdout.rows || LINES;
    },
  };
}
