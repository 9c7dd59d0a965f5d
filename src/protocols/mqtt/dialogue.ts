/** An incarnation of MQTT: the packets it sends, and the state that its packets share. */
import type { Failure } from '../../policy/exits.ts';
import type { About, Agreement, Decoder, Dialogue, HandshakeIo, Heartbeat } from '../../ports/protocol.ts';
import { sendSetup } from '../clients.ts';
import { endWithoutWord } from './chase.ts';
import { connect } from './connect.ts';
import { Flight } from './flight.ts';
import { type Internal, PacketReader } from './incoming.ts';
import type { ConnackProperties, MqttOut } from './messages.ts';
import { keepsSession, type Settings } from './options.ts';
import { encodeMessage, refusal, respect } from './outgoing.ts';
import { type AnyPacket, encodePacket } from './packets.ts';
import { type Pending, Session } from './session.ts';
import { Unanswered } from './unanswered.ts';

const pingreq = Uint8Array.of(0xc0, 0);
const disconnect = Uint8Array.of(0xe0, 0);
const nothing = new Uint8Array(0);
const pong: Heartbeat = { kind: 'pong' };
/** As many as there are ids. */
const mostPackets = 65_535;

export class MqttDialogue implements Dialogue<MqttOut> {
  readonly decoder: Decoder<unknown, Uint8Array>;
  readonly #settings: Settings;
  readonly #about: About;
  readonly #session: Session;
  readonly #flight: Flight;
  readonly #unanswered = new Unanswered();
  /** The limits of the server, once its CONNACK has said so. */
  #limits: ConnackProperties = {};
  /** Messages that `encode` returned. */
  #count = 0;
  /** `answered`: there was a PINGRESP; `left`: this side said goodbye; `ended`: the server ended the stream. */
  #state: 'connecting' | 'connected' | 'answered' | 'left' | 'ended' = 'connecting';

  constructor(settings: Settings, about: About) {
    const { previous, write } = about;
    this.#settings = settings;
    this.#about = about;
    this.#session = previous instanceof Session ? previous : new Session(settings.clientId);
    this.#flight = new Flight(keepsSession(settings), write);
    this.decoder = new PacketReader(settings, this.#session, {
      write: (packet) => write(encodePacket(packet, settings.version)),
      connected: (packet) => this.#begin(packet),
      answered: () => this.#answered(),
      landed: () => this.#flight.landed(),
    });
  }

  async handshake(io: HandshakeIo): Promise<Agreement> {
    const agreement = await connect(io, this.#settings, this.#session);
    sendSetup(io, this.#settings.setup, (message) => this.#send(message, undefined));
    return agreement;
  }

  /** No room for a PUBLISH, or no packet id. Messages of QoS 0 wait, too, as none overtakes another. */
  get full(): boolean {
    return this.#flight.full || this.#session.full;
  }

  encode(message: MqttOut): Uint8Array {
    const number = this.#count + 1;
    const bytes = this.#send(message, number);
    this.#count = number;
    return bytes;
  }

  ping(): Uint8Array {
    this.#unanswered.ask();
    return pingreq;
  }

  isHeartbeat(frame: unknown): Heartbeat | false {
    return (frame as Internal).cmd === 'pingresp' && pong;
  }

  isInternal(frame: unknown): boolean {
    return (frame as Internal).cmd === 'settled';
  }

  acknowledges(frame: unknown): readonly number[] | undefined {
    return (frame as Internal).settles;
  }

  goodbye(): Uint8Array | undefined {
    if (this.#state === 'ended') return undefined;
    this.#state = 'left';
    this.#session.quickEnds = 0;
    return disconnect;
  }

  /** A late end and a quick one look alike where heartbeats are off, as no PINGRESP came. */
  ended(): Failure | undefined {
    if (this.#state === 'left') return undefined;
    const { policy, warn } = this.#about;
    const quick = this.#state === 'connected' && policy.heartbeat.interval !== null;
    this.#state = 'ended';
    return endWithoutWord(this.#session, quick, warn);
  }

  /** The server accepted the connection: what it has not acknowledged of the session is sent again. */
  #begin(packet: AnyPacket): void {
    this.#state = 'connected';
    this.#limits = (packet.properties ?? {}) as ConnackProperties;
    this.#flight.room = Math.min(this.#limits.receiveMaximum ?? mostPackets, this.#settings.maxInFlight);
    const present = 'sessionPresent' in packet && packet.sessionPresent;
    for (const pending of this.#session.begin(present)) {
      if (pending.released) this.#release(pending);
      else this.#about.write(this.#flight.launch(pending));
    }
  }

  #release({ id }: Pending): void {
    this.#flight.resume();
    this.#about.write(encodePacket({ cmd: 'pubrel', messageId: id, reasonCode: 0 }, this.#settings.version));
  }

  #answered(): readonly number[] {
    this.#state = 'answered';
    this.#session.quickEnds = 0;
    return this.#unanswered.answer();
  }

  /** A message without a number is not confirmed. */
  #send(message: MqttOut, number: number | undefined): Uint8Array {
    respect(message, this.#limits);
    if (message.cmd === 'publish' && !message.qos) {
      const bytes = this.#encoded(message);
      if (number !== undefined) this.#unanswered.add(number);
      return bytes;
    }
    const pending = this.#pendingOf(message, number);
    this.#session.add(pending);
    if (message.cmd === 'publish') return this.#flight.launch(pending);
    const { bytes = nothing } = pending;
    pending.sent = true;
    pending.bytes = undefined;
    return bytes;
  }

  #pendingOf(message: MqttOut, number: number | undefined): Pending {
    const id = this.#session.freeId();
    if (id === undefined) throw refusal(`all ${mostPackets} packet ids wait for an acknowledgement`);
    const bytes = this.#encoded(message, id);
    const qos = message.cmd === 'publish' ? message.qos : undefined;
    return {
      cmd: message.cmd,
      id,
      qos,
      about: aboutOf(message),
      number,
      bytes,
      sent: false,
      released: false,
    };
  }

  #encoded(message: MqttOut, messageId?: number): Uint8Array {
    const { maximumPacketSize = Number.POSITIVE_INFINITY } = this.#limits;
    const bytes = encodeMessage(message, messageId, this.#settings.version);
    if (bytes.length > maximumPacketSize)
      throw refusal(
        `its ${bytes.length} bytes exceed the server's maximum packet size (${maximumPacketSize})`,
      );
    return bytes;
  }
}

function aboutOf(message: MqttOut): Pending['about'] {
  if (message.cmd === 'publish') return message.topic;
  return message.cmd === 'subscribe' ? message.subscriptions : message.unsubscriptions;
}
