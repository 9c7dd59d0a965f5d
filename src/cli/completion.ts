/** `holdfast completion`: the completion of a shell, from the definitions of the commands. */
import { Argument, type Command } from 'commander';
import { bash } from './completion/bash.ts';
import { fish } from './completion/fish.ts';
import { type CommandWords, type Shell, shells, wordsOf } from './completion/words.ts';
import { zsh } from './completion/zsh.ts';
import type { Run } from './io.ts';

const HELP = `
Examples:
  $ source <(holdfast completion bash)                                  # in ~/.bashrc
  $ source <(holdfast completion zsh)                                   # in ~/.zshrc, after compinit
  $ holdfast completion fish > ~/.config/fish/completions/holdfast.fish`;

const scripts: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = { bash, zsh, fish };

export function addCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .summary('print the completion of a shell: bash, zsh or fish')
    .description('Prints a script that completes commands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', HELP)
    .action(
      run(({ stdout }, shell: Shell) => {
        stdout.write(scripts[shell](wordsOf(program)));
        return 0;
      }),
    );
}
