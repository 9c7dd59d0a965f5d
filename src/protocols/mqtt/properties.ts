/** Properties of what is sent (MQTT 5, section 2.2.2): values of another kind would reach the server, which ends the connection. */
import { bytesOf } from '../../base/bytes.ts';
import { isRecord } from '../json-text.ts';
import { isWhole } from '../options.ts';
import { isText, isTextOrNone, longestText } from './text.ts';

interface Rule {
  readonly expected: string;
  holds(value: unknown): boolean;
}

const text: Rule = { expected: `text of at most ${longestText} bytes without NUL`, holds: isTextOrNone };
const seconds: Rule = {
  expected: 'seconds from 0 to 4294967295',
  holds: (value) => isWhole(value, 0, 0xffff_ffff),
};
const userProperties: Rule = {
  expected: 'an object of texts, or of lists of texts',
  holds: (value) =>
    isRecord(value) &&
    Object.entries(value).every(([name, each]) => isTextOrNone(name) && [each].flat().every(isTextOrNone)),
};

const ofMessages: Readonly<Record<string, Rule>> = {
  payloadFormatIndicator: { expected: 'true or false', holds: (value) => typeof value === 'boolean' },
  messageExpiryInterval: seconds,
  contentType: text,
  responseTopic: {
    expected: 'a topic without wildcards',
    holds: (value) => isText(value) && !/[+#]/.test(value),
  },
  correlationData: {
    expected: `at most ${longestText} bytes`,
    holds: (value) => (bytesOf(value)?.length ?? Number.POSITIVE_INFINITY) <= longestText,
  },
  userProperties,
};

/** By what they belong to. */
const rules = {
  publish: ofMessages,
  will: { ...ofMessages, willDelayInterval: seconds },
  subscribe: {
    subscriptionIdentifier: {
      expected: 'a whole number from 1 to 268435455',
      holds: (value) => isWhole(value, 1, 268_435_455),
    },
    userProperties,
  },
  unsubscribe: { userProperties },
} satisfies Record<string, Readonly<Record<string, Rule>>>;

/** Undefined when there is none. */
export function problemOfProperties(of: keyof typeof rules, properties: unknown): string | undefined {
  if (properties === undefined) return undefined;
  if (!isRecord(properties)) return 'its properties are no object';
  const known: Readonly<Record<string, Rule>> = rules[of];
  for (const [name, value] of Object.entries(properties)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule === undefined) return `properties.${name}: not known for ${of}`;
    if (value !== undefined && !rule.holds(value)) return `properties.${name}: expected ${rule.expected}`;
  }
  return undefined;
}
