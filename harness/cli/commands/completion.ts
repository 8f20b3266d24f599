import { Argument, type Command } from 'commander'
import { completionScript, SHELLS, type Shell } from '../completion.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark completion SHELL` */
export function completionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script that completes commands, options and files of joulemark.')
    .addArgument(new Argument('<shell>', 'shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(joulemark completion bash)\n  joulemark completion fish | source',
    )
    .action((shell: Shell) => terminal.out(completionScript(shell, program)))
}
