/** A listener of a supervisor: owns the port, and each socket until it is a connection. */
import { badConfig } from '../../base/errors.ts';
import { redactUrl } from '../../base/redact.ts';
import type { Policy } from '../../config/policy.ts';
import { type Acceptor, AcceptPlan } from '../../endpoints/accept-plan.ts';
import type { Admission, LimitName } from '../../endpoints/admission.ts';
import { dialledUrl } from '../../endpoints/schemes.ts';
import type { AcceptSink, Arrival, ArrivalOwner, Bound, Certificate } from '../../ports/transport.ts';
import type { Timekeeper } from '../../time/timekeeper.ts';
import { type ArrivalHost, Arriving } from './arriving.ts';
import type { HandshakeFailedEvent } from './events.ts';
import type { Journal } from './journal.ts';
import { LimitReport } from './limit-report.ts';
import type { Listener } from './options.ts';

/** The supervisor, as its listeners know it. */
export interface ListenerHost {
  readonly timekeeper: Timekeeper;
  readonly journal: Journal;
  readonly stopping: boolean;
  /** The listener takes no more sockets. */
  forget(listener: OpenListener): void;
}

/** Makes a connection of an accepted socket. */
type Adopt = (raw: unknown, peer: string, url: string) => void;

export class OpenListener implements Listener, ArrivalHost {
  url: string;
  readonly acceptor: Acceptor;
  readonly #admission: Admission;
  readonly #host: ListenerHost;
  readonly #adopt: Adopt;
  readonly #reports = new Map<LimitName, LimitReport>();
  #bound: Promise<Bound> | undefined;
  #update: Bound['update'];

  constructor(url: string, acceptor: Acceptor, admission: Admission, host: ListenerHost, adopt: Adopt) {
    this.url = url;
    this.acceptor = acceptor;
    this.#admission = admission;
    this.#host = host;
    this.#adopt = adopt;
  }

  get connections(): number {
    return this.#admission.connections;
  }

  get handshakes(): number {
    return this.#admission.handshakes;
  }

  get policy(): Policy {
    return this.acceptor.settings.policy;
  }

  get timekeeper(): Timekeeper {
    return this.#host.timekeeper;
  }

  /** Rejects when the address cannot be bound. */
  async bind(listen: (url: URL, sink: AcceptSink) => Promise<Bound>): Promise<void> {
    this.#bound = listen(dialledUrl(this.url, this.acceptor.protocol.schemes), {
      arrived: (arrival) => this.#arrived(arrival),
      accepted: (raw, from) => this.#accepted(raw, from),
      failed: (error) => this.#host.journal.report(error, 'listen'),
    });
    const { url, update } = await this.#bound;
    this.url = url;
    this.#update = update;
  }

  readonly close = async (): Promise<void> => {
    this.#host.forget(this);
    const bound = await this.#bound?.catch(() => undefined);
    await bound?.close();
    for (const report of this.#reports.values()) report.end();
  };

  readonly update = (certificate: Certificate): void => {
    if (this.#update === undefined) {
      throw badConfig('url', redactUrl(this.url), 'a listener with a certificate, of tls: or wss:');
    }
    this.#update(checked(certificate));
  };

  #arrived(arrival: Arrival): ArrivalOwner | undefined {
    const { from, address } = arrival;
    if (!this.#hasRoom('handshakes', from, address)) return undefined;
    this.#admission.enter('handshakes', address);
    return new Arriving(this, arrival);
  }

  admits(from: string, address: string | undefined): boolean {
    return this.#hasRoom('connections', from, address);
  }

  departed({ address }: Arrival, event: HandshakeFailedEvent | undefined): void {
    this.#admission.leave('handshakes', address);
    if (event !== undefined) this.#host.journal.publish(event, 'debug');
  }

  #accepted(raw: unknown, from: string): void {
    const plan = new AcceptPlan(this.acceptor, raw);
    if (this.#host.stopping || !this.admits(from, plan.peer?.address)) plan.drop();
    else this.#adopt(raw, from, this.url);
  }

  #hasRoom(kind: 'connections' | 'handshakes', from: string, address: string | undefined): boolean {
    const limit = this.#admission.exceeded(kind, address);
    if (limit !== undefined) this.#reportOf(limit).refused(from);
    return limit === undefined;
  }

  #reportOf(limit: LimitName): LimitReport {
    const known = this.#reports.get(limit);
    if (known !== undefined) return known;
    const max = this.#admission.limits[limit];
    const report = new LimitReport(this.timekeeper, (refused, peer) => {
      const { url } = this;
      this.#host.journal.publish({ event: 'limit-reached', url, limit, max, refused, peer }, 'warn');
    });
    this.#reports.set(limit, report);
    return report;
  }
}

/** Throws `ConfigError`. */
function checked(certificate: unknown): Certificate {
  if (typeof certificate !== 'object' || certificate === null) {
    throw badConfig('certificate', certificate, 'an object with cert and key');
  }
  for (const name of Object.keys(certificate)) {
    if (name !== 'cert' && name !== 'key') throw badConfig(name, 'given', 'no other field than cert and key');
  }
  const { cert, key } = certificate as Certificate;
  for (const [path, value] of [
    ['cert', cert],
    ['key', key],
  ] as const) {
    if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
      throw badConfig(path, typeof value, 'PEM text, or its bytes');
    }
  }
  return { cert, key };
}
