import type { Command } from 'commander'
import { EXIT } from '../../model/error.ts'
import type { ReapReport } from '../../run/reap.ts'
import { TRUST_STATE } from '../state-mark.ts'
import type { Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

/** `joulemark reap DIR`, or FILE where the folder of the campaign is lost. */
export function reapCommand(program: Command, terminal: Terminal): void {
  program
    .command('reap')
    .summary('remove what a crash left on the hosts')
    .description(
      "Removes from the hosts what a campaign made there and did not remove. With a campaign's folder its ledger says what; with a campaign file, " +
        'where the folder is lost, everything with our names that is past its expiry is removed from the targets of the file. Nothing else is touched.',
    )
    .argument('<file>', 'folder of a campaign, or campaign file (YAML)')
    .option('--target <id>', 'of a campaign file: from this target alone')
    .option('--dry-run', 'show what would be removed')
    .option('--json', 'as JSON')
    .option(...TRUST_STATE)
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark reap campaigns/<id> --dry-run\n  joulemark reap campaigns/<id>\n  joulemark reap campaign.yaml\n  joulemark reap campaign.yaml --target my-cluster --dry-run',
    )
    .action(
      async (
        path: string,
        options: {
          readonly target?: string
          readonly dryRun?: true
          readonly json?: true
          readonly trustState?: true
        },
      ) => {
        const [{ stat }, { reapFile, reapFolder }] = await Promise.all([
          import('node:fs/promises'),
          import('../reap-parts.ts'),
        ])
        const found = await stat(path).catch(() => null)
        const reap = found?.isFile() === true ? reapFile : reapFolder
        const { target, dryRun = false, trustState = false } = options
        const report = await reap(path, {
          dryRun,
          trust: trustState,
          terminal,
          ...(target === undefined ? {} : { target }),
        })
        terminal.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : reapText(report))
        if (report.left > 0 && options.dryRun !== true) process.exitCode = EXIT.leftBehind
      },
    )
}

function reapText({ items, left }: ReapReport): string {
  if (items.length === 0) return 'nothing was left behind\n'
  const rows = items.map(item => [item.target, item.host, item.what, item.state, item.reason ?? ''])
  const table = textTable(
    [{ title: 'target' }, { title: 'host' }, { title: 'what' }, { title: 'state' }, { title: '' }],
    rows,
    '',
  )
  if (left > 0) return `${table}${left} still there\n`
  const kept = items.filter(({ state }) => state === 'kept').length
  if (kept === 0) return `${table}all gone\n`
  return `${table}${kept} kept, all else gone. What the ledger of a campaign names is removed by joulemark reap with its folder\n`
}
