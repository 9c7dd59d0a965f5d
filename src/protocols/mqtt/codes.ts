/** Codes of CONNACK and DISCONNECT to failures. */
import type { ExitReason, Failure } from '../../policy/exits.ts';
import type { Version } from './messages.ts';
import type { AnyPacket } from './packets.ts';

/** Return codes of MQTT 3.1.1, section 3.2.2.3. */
const returnCodes: Readonly<Record<number, ExitReason>> = {
  1: 'bad-config', // unacceptable protocol version
  2: 'bad-config', // client identifier rejected
  3: 'going-away', // server unavailable
  4: 'unauthorized', // bad user name or password
  5: 'unauthorized', // not authorized
};

/** Reason codes of MQTT 5 that end a connection, section 2.4. */
const reasonCodes: Readonly<Record<number, ExitReason>> = {
  0: 'closed-by-peer', // normal disconnection
  1: 'bad-config', // the code of MQTT 3.1.1 for an unacceptable version
  128: 'going-away', // 0x80 unspecified error
  129: 'protocol-error', // 0x81 malformed packet
  130: 'protocol-error', // 0x82 protocol error
  131: 'going-away', // 0x83 implementation specific error
  132: 'bad-config', // 0x84 unsupported protocol version
  133: 'bad-config', // 0x85 client identifier not valid
  134: 'unauthorized', // 0x86 bad user name or password
  135: 'unauthorized', // 0x87 not authorized
  136: 'going-away', // 0x88 server unavailable
  137: 'going-away', // 0x89 server busy
  138: 'unauthorized', // 0x8A banned
  139: 'going-away', // 0x8B server shutting down
  140: 'unauthorized', // 0x8C bad authentication method
  141: 'cut-off', // 0x8D keep alive timeout: the server did not hear this side
  142: 'replaced', // 0x8E session taken over
  143: 'protocol-error', // 0x8F topic filter invalid
  144: 'protocol-error', // 0x90 topic name invalid
  147: 'protocol-error', // 0x93 receive maximum exceeded
  148: 'protocol-error', // 0x94 topic alias invalid
  149: 'message-too-big', // 0x95 packet too large
  150: 'going-away', // 0x96 message rate too high
  151: 'going-away', // 0x97 quota exceeded
  152: 'going-away', // 0x98 administrative action
  153: 'protocol-error', // 0x99 payload format invalid
  154: 'bad-config', // 0x9A retain not supported, for the will
  155: 'bad-config', // 0x9B QoS not supported, for the will
  156: 'going-away', // 0x9C use another server
  157: 'going-away', // 0x9D server moved
  158: 'protocol-error', // 0x9E shared subscriptions not supported
  159: 'going-away', // 0x9F connection rate exceeded
  160: 'going-away', // 0xA0 maximum connect time
  161: 'protocol-error', // 0xA1 subscription identifiers not supported
  162: 'protocol-error', // 0xA2 wildcard subscriptions not supported
};

/** The failure that a CONNACK of refusal, or a DISCONNECT of the server, tells. */
export function failureOfPacket(packet: AnyPacket, code: number, version: Version): Failure {
  const table = version === 5 ? reasonCodes : returnCodes;
  const { reasonString, serverReference } = packet.properties ?? {};
  const words = [
    `${packet.cmd.toUpperCase()} with code ${version === 5 ? hex(code) : code}`,
    reasonString,
    serverReference === undefined ? undefined : `use ${serverReference}`,
  ];
  return {
    reason: table[code] ?? 'protocol-error',
    code,
    detail: words.filter((word) => word !== undefined).join(': '),
  };
}

/** As the standard prints them: `0x8E`. */
export function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}
