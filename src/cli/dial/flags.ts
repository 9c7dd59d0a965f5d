/** The options of every command that dials: headers, tokens and TLS. `--protocol` is an option of commands that listen, too. */
import type { Command } from 'commander';

/** The options as commander parses them. */
export interface DialFlags {
  readonly header?: readonly string[];
  readonly headersFile?: string;
  readonly subprotocol?: readonly string[];
  readonly tokenEnv?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly insecure?: true;
}

export const SECRETS_HELP = `
Arguments are in the history of the shell, and other users see them in the list of processes while the command starts;
variables and files are in neither. Secrets therefore have --headers-file, --token-env, "dial" in --config, and
HOLDFAST_USER, HOLDFAST_PASSWORD and HOLDFAST_TOKEN in the environment, which go to every URL of a protocol that logs in,
where the URL has no password. None of them is shown, and neither are the values of -H.`;

export function addDialOptions(command: Command): Command {
  return command
    .optionsGroup('Authentication and TLS:')
    .option('-H, --header <line>', "header of a WebSocket, 'Name: value'; may be given several times", append)
    .option('--headers-file <file>', 'headers from a file, one a line; those of -H go before them')
    .option('--subprotocol <name>', 'WebSocket subprotocol to offer; may be given several times', append)
    .option('--token-env <name>', 'environment variable with a token: Authorization: Bearer, or the log-in')
    .option('--ca <file>', 'certificates to trust in place of the system’s, PEM')
    .option('--cert <file>', 'certificate chain of this side, PEM, with --key')
    .option('--key <file>', 'its private key, PEM')
    .option('--servername <name>', 'name that the certificate must have (default: the host of the URL)')
    .option('-k, --insecure', 'accept any certificate, and thereby any peer')
    .optionsGroup('Options:');
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
