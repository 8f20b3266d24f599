import type { Command } from 'commander'
import { EXIT } from '../../model/error.ts'
import type { ReapReport } from '../../run/reap.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

/** `joulemark reap DIR` */
export function reapCommand(program: Command, terminal: Terminal): void {
  program
    .command('reap')
    .summary('remove what a crash left on the hosts')
    .description(
      'Removes from the hosts what a campaign made there and did not remove, as its ledger has it. Only things of that campaign are touched.',
    )
    .argument('<dir>', 'folder of a campaign')
    .option('--dry-run', 'show what would be removed, connect to nothing')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark reap campaigns/<id> --dry-run\n  joulemark reap campaigns/<id>',
    )
    .action(async (dir: string, options: { readonly dryRun?: true; readonly json?: true }) => {
      const { reapFolder } = await import('../reap-folder.ts')
      const report = await reapFolder(dir, { dryRun: options.dryRun === true, terminal })
      terminal.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reapText(report))
      if (report.left > 0 && options.dryRun !== true) process.exitCode = EXIT.leftBehind
    })
}

function reapText({ items, left }: ReapReport): string {
  if (items.length === 0) return 'nothing was left behind\n'
  const rows = items.map(item => [item.target, item.host, item.what, item.state, item.reason ?? ''])
  const table = textTable(
    [{ title: 'target' }, { title: 'host' }, { title: 'what' }, { title: 'state' }, { title: '' }],
    rows,
    '',
  )
  return `${table}${left === 0 ? 'all gone' : `${left} still there`}\n`
}
