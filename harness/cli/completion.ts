import type { Command, Option } from 'commander'

/** What a shell needs to know of one command. */
interface Shape {
  readonly name: string
  readonly summary: string
  readonly options: readonly {
    readonly flag: string
    readonly about: string
    readonly choices: readonly string[]
    readonly takes: 'nothing' | 'value' | 'folder'
  }[]
  /** Words for its argument; `file`, `folder`: what the shell completes itself. */
  readonly argument: { readonly choices: readonly string[]; readonly kind: 'file' | 'folder' | 'none' }
}

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** A completion script for a shell, from the commands as they are. */
export function completionScript(shell: Shell, program: Command): string {
  const shapes = program.commands.map(shapeOf)
  return { bash, zsh, fish }[shell](shapes)
}

function shapeOf(command: Command): Shape {
  const [argument] = command.registeredArguments
  const name = argument?.name() ?? ''
  return {
    name: command.name(),
    summary: command.summary(),
    options: command.options.map(optionOf),
    argument: {
      choices: argument?.argChoices ?? [],
      kind:
        name === 'dir' || name === 'dirs'
          ? 'folder'
          : name === '' || argument?.argChoices !== undefined
            ? 'none'
            : 'file',
    },
  }
}

const optionOf = (option: Option): Shape['options'][number] => ({
  flag: option.long ?? option.short ?? '',
  about: option.description,
  choices: option.argChoices ?? [],
  takes: !option.required && !option.optional ? 'nothing' : /<dir>/.test(option.flags) ? 'folder' : 'value',
})

/** In single quotes for sh and fish alike: our texts hold no backslashes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function bash(shapes: readonly Shape[]): string {
  const branches = shapes.map(({ name, options, argument }) => {
    const flags = [...options.map(option => option.flag), '--help'].join(' ')
    const values = options
      .filter(option => option.takes !== 'nothing')
      .map(
        option =>
          `        ${option.flag}) ${option.takes === 'folder' ? 'COMPREPLY=($(compgen -d -- "$cur"))' : `COMPREPLY=($(compgen -W ${quoted(option.choices.join(' '))} -- "$cur"))`}; return ;;`,
      )
    const rest =
      argument.choices.length > 0
        ? `COMPREPLY=($(compgen -W ${quoted(argument.choices.join(' '))} -- "$cur"))`
        : argument.kind === 'folder'
          ? 'COMPREPLY=($(compgen -d -- "$cur"))'
          : argument.kind === 'file'
            ? 'COMPREPLY=($(compgen -f -- "$cur"))'
            : 'COMPREPLY=()'
    const prev = values.length === 0 ? '' : `      case "$prev" in\n${values.join('\n')}\n      esac\n`
    return `    ${name})\n${prev}      case "$cur" in\n        -*) COMPREPLY=($(compgen -W ${quoted(flags)} -- "$cur")) ;;\n        *) ${rest} ;;\n      esac ;;`
  })
  return `# bash completion of joulemark: source <(joulemark completion bash)
_joulemark() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -le 1 ]; then
    COMPREPLY=($(compgen -W ${quoted([...shapes.map(shape => shape.name), '--help', '--version'].join(' '))} -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${branches.join('\n')}
  esac
}
complete -o filenames -F _joulemark joulemark
`
}

function zsh(shapes: readonly Shape[]): string {
  const plain = (text: string): string => text.replace(/[[\]:]/g, ' ')
  const commands = shapes.map(({ name, summary }) => `    ${quoted(`${name}:${plain(summary)}`)}`)
  const branches = shapes.map(({ name, options, argument }) => {
    const flags = options.map(option => {
      const value =
        option.takes === 'nothing'
          ? ''
          : option.takes === 'folder'
            ? ':folder:_files -/'
            : option.choices.length > 0
              ? `:value:(${option.choices.join(' ')})`
              : ':value:'
      return quoted(`${option.flag}[${plain(option.about)}]${value}`)
    })
    const rest =
      argument.choices.length > 0
        ? `*:word:(${argument.choices.join(' ')})`
        : argument.kind === 'folder'
          ? '*:folder:_files -/'
          : '*:file:_files'
    return `    ${name}) _arguments ${[...flags, ...(argument.kind === 'none' && argument.choices.length === 0 ? [] : [quoted(rest)])].join(' ')} ;;`
  })
  return `#compdef joulemark
# zsh completion of joulemark: source <(joulemark completion zsh)
_joulemark() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${branches.join('\n')}
  esac
}
compdef _joulemark joulemark
`
}

function fish(shapes: readonly Shape[]): string {
  const lines = shapes.flatMap(({ name, summary, options, argument }) => {
    const within = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`
    const rest =
      argument.choices.length > 0
        ? [`complete -c joulemark ${within} -a ${quoted(argument.choices.join(' '))}`]
        : argument.kind === 'folder'
          ? [`complete -c joulemark ${within} -a '(__fish_complete_directories)'`]
          : argument.kind === 'file'
            ? [`complete -c joulemark ${within} -F`]
            : []
    return [
      `complete -c joulemark -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...rest,
      ...options.map(option => {
        const value =
          option.takes === 'nothing'
            ? ''
            : option.takes === 'folder'
              ? " -r -a '(__fish_complete_directories)'"
              : ` -x -a ${quoted(option.choices.join(' '))}`
        return `complete -c joulemark ${within} -l ${option.flag.replace(/^--/, '')}${value} -d ${quoted(option.about)}`
      }),
    ]
  })
  return `# fish completion of joulemark: joulemark completion fish | source\ncomplete -c joulemark -f\n${lines.join('\n')}\n`
}
