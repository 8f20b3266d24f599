import type { Command } from 'commander'
import { fixed } from '../../../results/report/number-text.ts'
import { EXIT } from '../../model/error.ts'
import type { SyncReport } from '../../store/sync.ts'
import { TRUST_STATE } from '../state-mark.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark sync DIR` */
export function syncCommand(program: Command, terminal: Terminal): void {
  program
    .command('sync')
    .summary('send to InfluxDB what is not there yet')
    .description(
      'Sends the points of a campaign that wait for the database, and tries again those that it refused. Safe to repeat.',
    )
    .argument('<dir>', 'folder of a campaign')
    .option('--json', 'as JSON')
    .option(...TRUST_STATE)
    .addHelpText('after', '\nExample:\n  joulemark sync campaigns/<id>')
    .action(async (dir: string, options: { readonly json?: true; readonly trustState?: true }) => {
      const { syncFolder } = await import('../sync-folder.ts')
      const report = await syncFolder(dir, { trust: options.trustState === true })
      terminal.out(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : syncText(report))
      if (!report.complete) process.exitCode = EXIT.unsynced
    })
}

function syncText(report: SyncReport): string {
  const { stored, waiting, refused } = report
  return [
    `${fixed(stored, 0)} stored · ${fixed(waiting, 0)} waiting · ${fixed(refused, 0)} refused\n`,
    report.waitingBecause === null ? '' : `  waiting: ${report.waitingBecause}\n`,
    ...report.refusals.map(
      ({ measurement, field, points, by, reason }) =>
        `  refused: ${measurement} ${field}, ${fixed(points, 0)} points, ${by === 'here' ? 'not sent' : 'by the server'}: ${reason}\n`,
    ),
    ...report.notHandedOver.map(({ run, reason }) => `  run ${run} could not be read: ${reason}\n`),
  ].join('')
}
