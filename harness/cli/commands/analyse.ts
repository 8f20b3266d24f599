import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'

/** `joulemark analyse DIR` */
export function analyseCommand(program: Command, terminal: Terminal): void {
  program
    .command('analyse')
    .summary('make result.json from the raw data')
    .description(
      'Makes result.json from the raw data of a campaign: figures, rules and verdicts. The same data and the same version give the same bytes.',
    )
    .argument('<dir>', 'folder of a campaign')
    .addHelpText('after', '\nExample:\n  joulemark analyse campaigns/<id>')
    .action(async (dir: string) => {
      const [{ resultOf }, { writeDerived }] = await Promise.all([
        import('../derive-results.ts'),
        import('../../../results/derive/derive.ts'),
      ])
      const { archive, result } = await resultOf(dir)
      terminal.out(`${await writeDerived(archive, result)}\n`)
    })
}
