/** JSON Schemas of the command line: of `dial` in a configuration, which `src/cli/dial/section.ts` reads, and of a target. */

const text = (description: string) => ({ type: 'string', description });
const BY_REFERENCE = 'A text, or a reference: env:NAME or file:PATH.';

export const dialSchema = {
  type: 'object',
  description: 'What the commands that dial present; options of the command line go before it.',
  properties: {
    headers: {
      type: 'object',
      description: `Headers of WebSocket upgrades, by name. ${BY_REFERENCE}`,
      additionalProperties: { type: 'string' },
    },
    subprotocols: {
      type: 'array',
      items: { type: 'string' },
      description: 'WebSocket subprotocols to offer, in order of preference.',
    },
    token: text(`A token: the header authorization, or the log-in of a protocol. ${BY_REFERENCE}`),
    user: text('The user of protocols that log in, where the URL names none.'),
    password: text(`The password of protocols that log in, where the URL has none. ${BY_REFERENCE}`),
    tls: {
      type: 'object',
      description: 'TLS of URLs that are dialled over it. Paths begin in the folder of this file.',
      properties: {
        ca: text('The file with the certificates to trust in place of the system’s, PEM.'),
        cert: text('The file with the certificate chain of this side, PEM.'),
        key: text('The file with its private key, PEM.'),
        servername: text('The name that the certificate must have. Default: the host of the URL.'),
        insecure: {
          type: 'boolean',
          description: 'Whether any certificate is accepted, and thereby any peer.',
          default: false,
        },
      },
      additionalProperties: false,
    },
  },
  additionalProperties: false,
};

/** But for its policy; `src/cli/watch/targets-file.ts` reads it. */
export const targetProperties = {
  id: {
    type: 'string',
    minLength: 1,
    maxLength: 200,
    pattern: '^(?=.*\\S)[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+$',
    description: 'The name in lines and tables, which no other target has. Default: the URL, redacted.',
  },
  url: text('Where to connect to, as on the command line: tcp://host:port, wss://host/path, redis://host.'),
  protocol: text('A name, or the path of a module from the folder of this file. Default: by the URL.'),
  labels: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Texts by name: a field of each line, and a column of tables.',
  },
  dial: dialSchema,
} as const;
