import type { Command, Option } from 'commander'

/** What a shell needs to know of one command. */
interface Shape {
  readonly name: string
  readonly summary: string
  readonly options: readonly {
    readonly flag: string
    readonly about: string
    readonly choices: readonly string[]
    readonly takes: 'nothing' | 'value' | 'file' | 'folder'
  }[]
  /** Names of the commands below it; its options are then those of all of them. */
  readonly below: readonly string[]
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
  const below = command.commands.map(shapeOf)
  const options = [...command.options.map(optionOf), ...below.flatMap(shape => shape.options)]
  const name = argument?.name() ?? ''
  return {
    name: command.name(),
    summary: command.summary(),
    options: [...new Map(options.map(option => [option.flag, option])).values()],
    below: below.map(shape => shape.name),
    argument: {
      choices: argument?.argChoices ?? [],
      kind:
        name === 'dir' || name === 'dirs'
          ? 'folder'
          : below.length === 0 && (name === '' || argument?.argChoices !== undefined)
            ? 'none'
            : 'file',
    },
  }
}

const optionOf = (option: Option): Shape['options'][number] => ({
  flag: option.long ?? option.short ?? '',
  about: option.description,
  choices: option.argChoices ?? [],
  takes:
    !option.required && !option.optional
      ? 'nothing'
      : /<dir>/.test(option.flags)
        ? 'folder'
        : /<file>/.test(option.flags)
          ? 'file'
          : 'value',
})

/** In single quotes for sh and fish alike: our texts hold no backslashes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function bash(shapes: readonly Shape[]): string {
  const branches = shapes.map(({ name, options, below, argument }) => {
    const flags = [...options.map(option => option.flag), '--help'].join(' ')
    const values = options
      .filter(option => option.takes !== 'nothing')
      .map(
        option =>
          `        ${option.flag}) COMPREPLY=($(compgen ${option.takes === 'folder' ? '-d' : option.takes === 'file' ? '-f' : `-W ${quoted(option.choices.join(' '))}`} -- "$cur")); return ;;`,
      )
    const rest =
      argument.choices.length > 0
        ? `COMPREPLY=($(compgen -W ${quoted(argument.choices.join(' '))} -- "$cur"))`
        : argument.kind === 'folder'
          ? 'COMPREPLY=($(compgen -d -- "$cur"))'
          : argument.kind === 'file'
            ? 'COMPREPLY=($(compgen -f -- "$cur"))'
            : 'COMPREPLY=()'
    const first =
      below.length === 0
        ? ''
        : `      if [ "$COMP_CWORD" -eq 2 ]; then COMPREPLY=($(compgen -W ${quoted([...below, '--help'].join(' '))} -- "$cur")); return; fi\n`
    const prev = values.length === 0 ? '' : `      case "$prev" in\n${values.join('\n')}\n      esac\n`
    return `    ${name})\n${first}${prev}      case "$cur" in\n        -*) COMPREPLY=($(compgen -W ${quoted(flags)} -- "$cur")) ;;\n        *) ${rest} ;;\n      esac ;;`
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
  const branches = shapes.map(({ name, options, below, argument }) => {
    const flags = options.map(option => {
      const value =
        option.takes === 'nothing'
          ? ''
          : option.takes === 'folder'
            ? ':folder:_files -/'
            : option.takes === 'file'
              ? ':file:_files'
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
    const first = below.length === 0 ? [] : [quoted(`1:command:(${below.join(' ')})`)]
    return `    ${name}) _arguments ${[...flags, ...first, ...(argument.kind === 'none' && argument.choices.length === 0 ? [] : [quoted(rest)])].join(' ')} ;;`
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
  const lines = shapes.flatMap(({ name, summary, options, below, argument }) => {
    // A word of a command may be one of another's below it.
    const others = shapes.filter(shape => shape.below.includes(name)).map(shape => shape.name)
    const no = others.length === 0 ? '' : `; and not __fish_seen_subcommand_from ${others.join(' ')}`
    const within = `-n ${quoted(`__fish_seen_subcommand_from ${name}${no}`)}`
    const rest =
      argument.choices.length > 0
        ? [`complete -c joulemark ${within} -a ${quoted(argument.choices.join(' '))}`]
        : argument.kind === 'folder'
          ? [`complete -c joulemark ${within} -a '(__fish_complete_directories)'`]
          : argument.kind === 'file'
            ? [`complete -c joulemark ${within} -F`]
            : []
    const words = below.join(' ')
    const first =
      below.length === 0
        ? []
        : [
            `complete -c joulemark -n ${quoted(`__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${words}`)} -a ${quoted(words)}`,
          ]
    return [
      `complete -c joulemark -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...first,
      ...rest,
      ...options.map(option => {
        const value =
          option.takes === 'nothing'
            ? ''
            : option.takes === 'folder'
              ? " -r -a '(__fish_complete_directories)'"
              : option.takes === 'file'
                ? ' -r -F'
                : ` -x -a ${quoted(option.choices.join(' '))}`
        return `complete -c joulemark ${within} -l ${option.flag.replace(/^--/, '')}${value} -d ${quoted(option.about)}`
      }),
    ]
  })
  return `# fish completion of joulemark: joulemark completion fish | source\ncomplete -c joulemark -f\n${lines.join('\n')}\n`
}
