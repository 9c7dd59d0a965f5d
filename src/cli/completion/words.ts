/** What can follow on a command line, read from the definitions of the commands. */
import type { Argument, Command, Option } from 'commander';
import { chartNames } from '../../inspect/chart-names.ts';
import { nodeProtocols } from '../../presets/node.ts';
import { clients } from '../protocols.ts';

/** What stands in the place of a value. */
export interface Values {
  readonly files: boolean;
  readonly words: readonly string[];
}

export interface OptionWords {
  /** `--config`, and `-k` where there is one. */
  readonly names: readonly string[];
  readonly about: string;
  /** Absent for an option without a value, and for one whose value is part of the same word. */
  readonly value?: Values & { readonly name: string };
}

export interface CommandWords {
  readonly name: string;
  readonly about: string;
  readonly options: readonly OptionWords[];
  /** Of all its arguments. */
  readonly values: Values;
}

/** The shells that `holdfast completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const protocols = [...Object.keys(nodeProtocols), ...Object.keys(clients)];

/** The words of values that are not files, by the command and the option or argument. */
const known: Readonly<Record<string, readonly string[]>> = {
  '--protocol': protocols,
  'proxy --protocol': ['bytes', 'line', 'websocket'],
  'chart --format': ['json', 'mermaid'],
  'chart chart': chartNames,
  'probe --until': ['alive', 'answered'],
  'completion shell': shells,
};

export function wordsOf(program: Command): readonly CommandWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: sentence(command.summary()),
    options: [...command.options.map((option) => optionOf(command, option)), HELP_OPTION],
    values: joined(command.registeredArguments.map((argument) => valuesOfArgument(command, argument))),
  }));
}

const HELP_OPTION: OptionWords = { names: ['--help', '-h'], about: 'show the help of the command' };

function optionOf(command: Command, option: Option): OptionWords {
  const { long = '', short, flags, description, required } = option;
  const names = [long, short ?? []].flat().filter(Boolean);
  const about = sentence(description);
  if (!required) return { names, about };
  const name = /<(.+)>/.exec(flags)?.[1] ?? 'value';
  const words = known[`${command.name()} ${long}`] ?? known[long] ?? option.argChoices ?? alternatives(name);
  return { names, about, value: { name, words, files: isOfFiles(name) } };
}

function valuesOfArgument(command: Command, argument: Argument): Values {
  const name = argument.name();
  const words = known[`${command.name()} ${name}`] ?? argument.argChoices ?? [];
  return { words, files: isOfFiles(name) };
}

function joined(all: readonly Values[]): Values {
  return { files: all.some(({ files }) => files), words: all.flatMap(({ words }) => words) };
}

/** `close|hold`, but not `name|path`. */
function alternatives(name: string): readonly string[] {
  return name.includes('|') && !isOfFiles(name) ? name.split('|') : [];
}

function isOfFiles(name: string): boolean {
  return name.split('|').some((each) => each === 'file' || each === 'path' || each === 'program');
}

/** Shells show one line: what is in brackets, and a second sentence, are left out. */
function sentence(text: string): string {
  const [first = ''] = text.replace(/\s*\([^()]*\)/g, '').split(/[;:](?:\s|$)/);
  return first.replaceAll(/['"`’[\]\\$]/g, '').trim();
}
