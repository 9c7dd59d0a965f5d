/** MQTT 3.1.1 and 5. Needs the package mqtt-packet. */
export type {
  ConnackProperties,
  MqttAgreed,
  MqttCredentials,
  MqttIn,
  MqttMessage,
  MqttOut,
  MqttPublish,
  MqttRefusal,
  MqttSuback,
  MqttSubscribe,
  MqttSubscription,
  MqttUnsuback,
  MqttUnsubscribe,
  PublishProperties,
  QoS,
  UserProperties,
} from './protocols/mqtt/messages.ts';
export { mqtt } from './protocols/mqtt/mqtt.ts';
export type { MqttOptions, MqttWill } from './protocols/mqtt/options.ts';
