/** Completion for fish. */
import type { CommandWords, OptionWords } from './words.ts';

export function fish(commands: readonly CommandWords[]): string {
  const lines = [
    '# fish completion for holdfast, written by: holdfast completion fish',
    'complete -c holdfast -f',
    ...commands.map(({ name, about }) => `${none} -a ${name} -d '${about}'`),
    `${none} -a help -d 'show the help of a command'`,
    `${none} -l version -d 'show version, commit and platform'`,
    `${none} -l help -s h -d 'show the help'`,
    `complete -c holdfast -n '__fish_seen_subcommand_from help' -a '${commands.map(({ name }) => name).join(' ')}'`,
    ...commands.flatMap(linesOf),
  ];
  return `${lines.join('\n')}\n`;
}

const none = `complete -c holdfast -n __fish_use_subcommand`;

function linesOf({ name, options, values: { words, files } }: CommandWords): string[] {
  const start = `complete -c holdfast -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...options.map((option) => start + flagsOf(option)),
    ...(files ? [`${start} -F`] : []),
    ...(words.length > 0 ? [`${start} -a '${words.join(' ')}'`] : []),
  ];
}

function flagsOf({ names, about, value }: OptionWords): string {
  const flags = names.map((name) =>
    name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`,
  );
  const words = value && value.words.length > 0 ? ` -a '${value.words.join(' ')}'` : '';
  const takes = value === undefined ? '' : ` -r${value.files ? ' -F' : ' -f'}${words}`;
  return `${flags.join('')}${takes} -d '${about}'`;
}
