/** Users of the dialling side of sessions: random calls, and what each connection learns of its sessions. */
import type { Connection } from '../../../src/actors/supervisor/handle.ts';
import { session } from '../../../src/sessions/both.ts';
import type { SessionMessage } from '../../../src/sessions/dial.ts';
import type { SessionInfo, WithSession } from '../../../src/sessions/info.ts';
import { textOf } from '../clerks.ts';
import { carelessness, Owner } from '../owner.ts';
import { idKey } from '../wiretap.ts';
import { beneath, urlOf } from './carrier.ts';
import type { Stage } from './server.ts';

type Handle = Omit<Connection<SessionMessage, SessionMessage>, 'send'> & WithSession;

export interface Dialled {
  readonly serial: number;
  readonly handle: Handle;
  info: SessionInfo | undefined;
  /** Messages that go first in the next session. */
  again: number;
  isBusy: boolean;
}

export class SessionClient {
  readonly owner: Owner;
  /** Each connection so far, also those that are over. */
  readonly dialled: Dialled[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.owner = new Owner(stage.world, stage.faults, 'client');
    this.owner.lifelines.hintMs = 5000;
  }

  /** Connections that are not over. */
  get running(): readonly Dialled[] {
    return this.dialled.filter(({ handle }) => this.owner.supervisor.get(handle.id) === handle);
  }

  connect(): void {
    const { carrier, world, sessions } = this.#stage;
    const id = `c${world.chance.int(1, world.settings.ids)}`;
    if (this.owner.supervisor.get(id) !== undefined) return;
    const { window, onLost, onFailure } = sessions;
    const url = world.hosts.map(({ name }) => `${urlOf(carrier, name)}/?${idKey}=${id}`);
    const protocol = session(beneath(carrier), { window, onLost, onFailure });
    world.note(`connect ${id}`);
    const handle: Handle = this.owner.supervisor.connect({
      ...{ id, url, protocol },
      onMessage: (message: SessionMessage) => this.#handle(dialled, textOf(message)),
    } as never) as never;
    const dialled: Dialled = { serial: world.serial(), handle, info: undefined, again: 0, isBusy: false };
    this.dialled.push(dialled);
    handle.session$.subscribe((info) => this.#informed(dialled, info));
  }

  send(dialled: Dialled, padding: number): void {
    const { account } = this.#stage;
    const text = account.compose(`c${dialled.serial}`, padding);
    account.posted(text, dialled.handle.send(text));
  }

  #informed(dialled: Dialled, info: SessionInfo): void {
    const { ledger, sessions, world } = this.#stage;
    if (info.unacknowledged > sessions.window.messages)
      world.violated(`${dialled.handle.id} has ${info.unacknowledged} messages unacknowledged`);
    if (info.lost !== undefined && info.lost !== dialled.info?.lost) this.#lost(dialled, info.lost);
    const entry = ledger.entries.get(info.id);
    if (entry !== undefined && info.id !== dialled.info?.id) entry.again = dialled.again;
    if (entry !== undefined) dialled.again = 0;
    dialled.info = info;
  }

  /** A session is lost where no store has it any more, or the store of another process is asked. */
  #lost(dialled: Dialled, { id, reason, resent, unacknowledged }: NonNullable<SessionInfo['lost']>): void {
    const { ledger, sessions, world } = this.#stage;
    const entry = ledger.entries.get(id);
    world.note(
      `${dialled.handle.id} has lost session ${entry?.serial}: ${reason}, ${unacknowledged.length} open`,
    );
    if (reason === 'gap') world.violated(`${dialled.handle.id} lost session ${entry?.serial} as gap`);
    if (sessions.store === 'shared' && entry?.over === undefined)
      world.violated(`${dialled.handle.id} lost session ${entry?.serial}, which its store has`);
    dialled.again = resent ? unacknowledged.length : 0;
  }

  #handle(dialled: Dialled, text: string): unknown {
    const { account, isCalm, sessions, world } = this.#stage;
    if (dialled.isBusy)
      world.violated(`${dialled.handle.id} is handed ${text.slice(0, 20)} while it is busy`);
    const letter = account.down(text);
    if (letter === undefined) return undefined;
    const fails = !isCalm && world.chance.is(sessions.failures);
    const ms = isCalm ? 0 : world.chance.pick([0, 0, world.chance.int(0, sessions.slowMs)]);
    const end = () => {
      dialled.isBusy = false;
      if (!fails || sessions.onFailure === 'handled') letter.done++;
      if (fails) throw new Error(carelessness);
    };
    if (ms === 0) return end();
    dialled.isBusy = true;
    if (world.chance.is(0.2)) this.send(dialled, 10);
    return new Promise<void>((resolve, reject) => {
      this.owner.clock.scheduler.schedule(() => {
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      }, ms);
    });
  }
}
