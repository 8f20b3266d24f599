import { Command } from 'commander'
import { analyseCommand } from './commands/analyse.ts'
import { attachCommand } from './commands/attach.ts'
import { checkCommand } from './commands/check.ts'
import { compareCommand } from './commands/compare.ts'
import { completionCommand } from './commands/completion.ts'
import { imagesCommand } from './commands/images.ts'
import { listCommand } from './commands/list.ts'
import { planCommand } from './commands/plan.ts'
import { qualifyCommand } from './commands/qualify.ts'
import { rbacCommand } from './commands/rbac.ts'
import { reapCommand } from './commands/reap.ts'
import { reportCommand } from './commands/report.ts'
import { runCommand } from './commands/run.ts'
import { syncCommand } from './commands/sync.ts'
import { verifyCommand } from './commands/verify.ts'
import type { Terminal } from './terminal.ts'
import { toolVersion } from './version.ts'

/** Commands in the order of their use; each is a file of its own. */
const COMMANDS = [
  planCommand,
  checkCommand,
  rbacCommand,
  imagesCommand,
  runCommand,
  reapCommand,
  syncCommand,
  attachCommand,
  analyseCommand,
  reportCommand,
  verifyCommand,
  compareCommand,
  qualifyCommand,
  listCommand,
  completionCommand,
] as const

const EXAMPLES = `
Examples:
  joulemark plan docs/examples/quick.yaml
  joulemark check campaign.yaml
  joulemark run campaign.yaml
  joulemark report campaigns/<id> --format html,csv

Exit codes: docs/exit-codes.md`

/** The whole command line. Parsing throws CommanderError instead of ending the process. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('joulemark')
    .description(
      'Measures what standardized workloads take on your machines: energy per unit of work, with evidence and uncertainty.',
    )
    .version(toolVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(see joulemark --help)')
    .addHelpText('after', EXAMPLES)
    .configureOutput({
      writeOut: text => terminal.out(text),
      writeErr: text => terminal.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'joulemark: ')),
    })
    .exitOverride()
  for (const add of COMMANDS) add(program, terminal)
  settle(program, program.name())
  return program
}

/** Commands below commands, too. */
function settle(parent: Command, path: string): void {
  for (const command of parent.commands) {
    const words = `${path} ${command.name()}`
    command
      .copyInheritedSettings(parent)
      .helpOption('-h, --help', 'print this help')
      .showHelpAfterError(`(see ${words} --help)`)
    settle(command, words)
  }
}
