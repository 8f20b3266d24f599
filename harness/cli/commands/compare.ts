import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../../model/error.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark compare DIR DIR…` */
export function compareCommand(program: Command, terminal: Terminal): void {
  program
    .command('compare')
    .summary('compare campaigns, where they may be compared')
    .description(
      'Compares every campaign with the first one. Where the work differs nothing is compared: each differing part is named with both values, and the exit code is 3.',
    )
    .argument('<dirs...>', 'folders of campaigns, at least two')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  joulemark compare campaigns/<id of one> campaigns/<id of another>')
    .action(async (dirs: readonly string[], options: { readonly json?: true }, command: Command) => {
      if (dirs.length < 2) command.error('joulemark: compare needs at least two folders')
      if (new Set(dirs.map(dir => resolve(dir))).size < dirs.length)
        command.error('joulemark: compare was given the same folder twice')
      const [{ resultOf }, { compareResults }, { comparisonText }] = await Promise.all([
        import('../derive-results.ts'),
        import('../../../results/compare/compare.ts'),
        import('../comparison-text.ts'),
      ])
      const results = []
      for (const name of dirs) results.push({ name, result: (await resultOf(name)).result })
      const comparison = compareResults(results)
      terminal.out(
        options.json === true ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonText(comparison),
      )
      if (comparison.refused) process.exitCode = EXIT.refused
    })
}
