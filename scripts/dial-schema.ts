/** The JSON Schema of `dial` in a configuration of the command line; `src/cli/dial/section.ts` reads it. */

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
