/** Completion for bash 3.2 and later. */
import type { CommandWords, OptionWords, Values } from './words.ts';

export function bash(commands: readonly CommandWords[]): string {
  return `# bash completion for holdfast, written by: holdfast completion bash
_holdfast() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  # An equals sign is a word of its own for bash.
  if [[ $cur == = ]]; then
    cur=''
  elif [[ $prev == = ]]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    _holdfast_words '${[...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ')}'
    return
  fi
  if [[ $command == help ]]; then
    _holdfast_words '${commands.map(({ name }) => name).join(' ')}'
    return
  fi
  case "$command $prev" in
${commands.flatMap((command) => command.options.flatMap((option) => valueCase(command, option))).join('\n')}
  esac
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}
_holdfast_words() {
  COMPREPLY+=($(compgen -W "$1" -- "$cur"))
}
_holdfast_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$cur")
}
complete -F _holdfast holdfast
`;
}

function valueCase({ name }: CommandWords, { names, value }: OptionWords): string[] {
  if (value === undefined) return [];
  return [`    ${names.map((each) => `'${name} ${each}'`).join('|')}) ${offer(value)}return ;;`];
}

function commandCase({ name, options, values }: CommandWords): string {
  const words = options.flatMap(({ names }) => names).join(' ');
  return `    ${name})
      if [[ $cur == -* ]]; then
        _holdfast_words '${words}'
      else
        ${offer(values)}:
      fi ;;`;
}

function offer({ words, files }: Values): string {
  const known = words.length === 0 ? '' : `_holdfast_words '${words.join(' ')}'; `;
  return files ? `${known}_holdfast_files; ` : known;
}
