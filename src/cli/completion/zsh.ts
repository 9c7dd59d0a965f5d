/** Completion for zsh: as a file `_holdfast` of its `fpath`, or by `source`. */
import type { CommandWords, OptionWords, Values } from './words.ts';

export function zsh(commands: readonly CommandWords[]): string {
  return `#compdef holdfast
# zsh completion for holdfast, written by: holdfast completion zsh
_holdfast() {
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    '${name}:${about}'`).join('\n')}
    'help:show the help of a command'
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    _arguments '--version[show version, commit and platform]' '--help[show the help]'
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
    help) _describe -t commands command commands ;;
${commands.map(commandCase).join('\n')}
  esac
}
if [[ $funcstack[1] == _holdfast ]]; then
  _holdfast "$@"
else
  compdef _holdfast holdfast
fi
`;
}

function commandCase({ name, options, values }: CommandWords): string {
  const specs = [...options.flatMap(specsOf), `'*: :${action(values)}'`];
  return `    ${name})
      _arguments \\
        ${specs.join(' \\\n        ')} ;;`;
}

function specsOf({ names, about, value }: OptionWords): string[] {
  const tail = value === undefined ? '' : `:${value.name.replaceAll('|', ' or ')}:${action(value)}`;
  // A star, as an option may be given again.
  return names.map((name) => `'*${name}[${about.replaceAll(':', '\\:')}]${tail}'`);
}

function action({ words, files }: Values): string {
  if (words.length === 0) return files ? '_files' : ' ';
  const list = `(${words.join(' ')})`;
  return files ? `{_alternative "words:word:${list}" "files:file:_files"}` : list;
}
