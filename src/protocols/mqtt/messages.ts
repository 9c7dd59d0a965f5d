/** The types of `holdfast/mqtt`: what `send` takes, what arrives, and what is agreed. Other packets are the protocol's own. */

export type QoS = 0 | 1 | 2;

/** 4 is MQTT 3.1.1, as on the wire. */
export type Version = 4 | 5;

/** Properties of a message. MQTT 5 only. */
export interface PublishProperties {
  /** True: the payload is UTF-8. */
  readonly payloadFormatIndicator?: boolean;
  /** Seconds for which the message is of use. */
  readonly messageExpiryInterval?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly userProperties?: UserProperties;
}

/** User properties of MQTT 5 by name; a list where a name comes more than once. */
export type UserProperties = Readonly<Record<string, string | readonly string[]>>;

/** PUBLISH. */
export interface MqttPublish {
  readonly cmd: 'publish';
  /** A topic name: no wildcards. At most 65,535 bytes. */
  readonly topic: string;
  /** Text goes out as UTF-8. */
  readonly payload: string | Uint8Array;
  /** @default 0 */
  readonly qos?: QoS;
  /** @default false */
  readonly retain?: boolean;
  readonly properties?: PublishProperties;
}

/** A topic filter of SUBSCRIBE with its options. */
export interface MqttSubscription {
  /** A topic filter, which may have the wildcards `+` and `#`. */
  readonly topic: string;
  readonly qos: QoS;
  /** MQTT 5: messages of this client do not come back. @default false */
  readonly nl?: boolean;
  /** MQTT 5: messages keep their retain flag. @default false */
  readonly rap?: boolean;
  /** MQTT 5: retained messages arrive always (0), for a new subscription (1), or never (2). @default 0 */
  readonly rh?: 0 | 1 | 2;
}

/** SUBSCRIBE. */
export interface MqttSubscribe {
  readonly cmd: 'subscribe';
  readonly subscriptions: readonly MqttSubscription[];
  /** MQTT 5. `subscriptionIdentifier` comes back with each message of these subscriptions. */
  readonly properties?: {
    readonly subscriptionIdentifier?: number;
    readonly userProperties?: UserProperties;
  };
}

/** UNSUBSCRIBE. */
export interface MqttUnsubscribe {
  readonly cmd: 'unsubscribe';
  readonly unsubscriptions: readonly string[];
  readonly properties?: { readonly userProperties?: UserProperties };
}

/** The messages that `send` takes. Packet ids are the protocol's to give. */
export type MqttOut = MqttPublish | MqttSubscribe | MqttUnsubscribe;

/** A message of a subscription. Acknowledged once it was handed on. */
export interface MqttMessage {
  readonly cmd: 'publish';
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** The server sends it again: with QoS 1 it may have arrived before. */
  readonly dup: boolean;
  readonly properties?: PublishProperties & { readonly subscriptionIdentifier?: number | readonly number[] };
}

interface AckProperties {
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
}

/** The answer to a SUBSCRIBE. */
export interface MqttSuback {
  readonly cmd: 'suback';
  /** As they were sent. */
  readonly subscriptions: readonly MqttSubscription[];
  /** A code for each: the granted QoS, or a refusal, 0x80 and above. */
  readonly granted: readonly number[];
  readonly properties?: AckProperties;
}

/** The answer to an UNSUBSCRIBE. */
export interface MqttUnsuback {
  readonly cmd: 'unsuback';
  /** As they were sent. */
  readonly unsubscriptions: readonly string[];
  /** A code for each, 0x80 and above for a refusal. Empty with MQTT 3.1.1, which has no codes here. */
  readonly granted: readonly number[];
  readonly properties?: AckProperties;
}

/** MQTT 5: the server refused a PUBLISH of QoS 1 or 2, which is then not `confirmed`. */
export interface MqttRefusal {
  readonly cmd: 'refused';
  /** The topic of the PUBLISH. */
  readonly topic: string;
  /** 0x80 and above, as 0x87: not authorized. */
  readonly reasonCode: number;
  readonly properties?: AckProperties;
}

/** A packet of the server that is a message for the application. */
export type MqttIn = MqttMessage | MqttSuback | MqttUnsuback | MqttRefusal;

/** `connection.agreed`: what the CONNACK of this incarnation said. */
export interface MqttAgreed {
  readonly version: Version;
  /** As given, or as the server assigned it. Empty: the server chose one and did not tell, with MQTT 3.1.1. */
  readonly clientId: string;
  /** The server has kept the session: subscriptions are in force. False: subscribe again. */
  readonly sessionPresent: boolean;
  /** Seconds, those of the server included; 0: none. */
  readonly keepalive: number;
  /** MQTT 5: limits and extras of the server. */
  readonly properties: ConnackProperties;
}

/** Properties of CONNACK (MQTT 5, section 3.2.2.3). */
export interface ConnackProperties {
  readonly sessionExpiryInterval?: number;
  readonly receiveMaximum?: number;
  readonly maximumQoS?: number;
  readonly retainAvailable?: boolean;
  readonly maximumPacketSize?: number;
  readonly assignedClientIdentifier?: string;
  readonly topicAliasMaximum?: number;
  readonly reasonString?: string;
  readonly userProperties?: UserProperties;
  readonly wildcardSubscriptionAvailable?: boolean;
  readonly subscriptionIdentifiersAvailable?: boolean;
  readonly sharedSubscriptionAvailable?: boolean;
  readonly serverKeepAlive?: number;
  readonly responseInformation?: string;
  readonly serverReference?: string;
}

/** The part `handshake` of the credentials. */
export interface MqttCredentials {
  readonly username?: string;
  readonly password?: string | Uint8Array;
}
