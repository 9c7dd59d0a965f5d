/** The manual page, from the definitions of the commands: `npm run man` writes it, and a test compares it. */
import type { Command, Option } from 'commander';
import { packageName } from '../src/base/package-name.ts';
import { environment } from '../src/cli/environment.ts';
import type { OutputStream } from '../src/cli/io.ts';
import { programOf } from '../src/cli/program.ts';

/** In roff, by the macros of man(7). It has no date, so that it changes with its sources alone. */
export function manPage(): string {
  const { stdout, text } = collected();
  const program = programOf({ stdout, stderr: stdout }, () => async () => {});
  const blocks = [
    `.TH HOLDFAST 1 "" "${packageName}" "User Commands"`,
    section('NAME'),
    `holdfast \\- ${roff(firstLower(program.description().replace(/\.$/, '')))}`,
    section('SYNOPSIS'),
    '.B holdfast\n.I command\n[\\fIoptions\\fR]',
    section('COMMANDS'),
    ...program.commands.map((command) => entry(`.B ${roff(command.name())}`, command.summary())),
    ...program.commands.flatMap((command) => commandBlocks(command, text)),
    section('ENVIRONMENT'),
    ...environment.map(([name, about]) => entry(`.B ${name}`, about)),
    section('EXIT STATUS'),
    entry('.B 0', 'success, also after Ctrl-C and the time of --for'),
    entry('.B 1', 'a failure while it ran: see the command'),
    entry('.B 2', 'bad usage, or a bad policy; nothing was started'),
  ];
  return `.\\" Written by npm run man from the definitions of the commands.\n${blocks.join('\n')}\n`;
}

function commandBlocks(command: Command, text: (command: Command) => string): string[] {
  const usage = `${command.name()} ${command.usage()}`;
  return [
    section(`holdfast ${command.name()}`.toUpperCase()),
    `.B holdfast ${roff(usage)}\n.PP\n${roff(command.description())}`,
    ...command.registeredArguments.map((argument) =>
      entry(`.I ${roff(argument.name())}`, argument.description),
    ),
    ...command.options.map(optionEntry),
    ...verbatim(text(command)),
  ];
}

function optionEntry({ flags, description, defaultValue, envVar }: Option): string {
  const notes = [
    ...(defaultValue === undefined ? [] : [`default: ${defaultValue}`]),
    ...(envVar === undefined ? [] : [`environment: ${envVar}`]),
  ];
  const tail = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return entry(`.B ${roff(flags)}`, description + tail);
}

function section(title: string): string {
  return `.SH "${roff(title)}"`;
}

function entry(head: string, about: string): string {
  return `.TP\n${head}\n${roff(about)}`;
}

/** The text below the options, as the help has it. */
function verbatim(help: string): string[] {
  const lines = help.trim();
  return lines === '' ? [] : [`.PP\n.nf\n${roff(lines)}\n.fi`];
}

/** Text without a meaning for roff: of backslashes and hyphens, and of dots and quotes at the beginning of a line. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
    .replaceAll(
      /[^\n -~]/g,
      (odd) => `\\[u${odd.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What a command prints below its options, which commander keeps among the listeners of an event. */
function collected() {
  let written = '';
  const stdout = { write: (chunk: string) => (written += chunk) } as unknown as OutputStream;
  const text = (command: Command) => {
    written = '';
    command.outputHelp();
    return written.slice(command.helpInformation().length);
  };
  return { stdout, text };
}
