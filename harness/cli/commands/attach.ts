import type { Command } from 'commander'
import { fixed, significant } from '../../../results/report/number-text.ts'
import type { Attached } from '../attach-file.ts'
import { shortPath } from '../summary-text.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark attach DIR FILE --meter ID` */
export function attachCommand(program: Command, terminal: Terminal): void {
  program
    .command('attach')
    .summary('bring in the file of a power analyzer')
    .description(
      'Brings readings that a power analyzer wrote into a file during a campaign into that campaign, once it has come to its end. The meter stands in the campaign file (kind: csv). Everything is checked before anything is written; data and seal of the campaign stay as they are.',
    )
    .argument('<dir>', 'folder of a campaign')
    .argument('<file>', 'CSV file of the analyzer')
    .requiredOption('--meter <id>', 'meter of the campaign that wrote it')
    .option('--replace', 'take it in the place of what is attached of this meter')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark attach campaigns/<id> WT310.csv --meter analyzer\n  joulemark attach campaigns/<id> WT310-again.csv --meter analyzer --replace',
    )
    .action(
      async (
        dir: string,
        file: string,
        options: { readonly meter: string; readonly replace?: true; readonly json?: true },
      ) => {
        const { attachFile } = await import('../attach-file.ts')
        const attached = await attachFile(dir, file, {
          meter: options.meter,
          replace: options.replace === true,
        })
        terminal.out(
          options.json === true ? `${JSON.stringify(attached, null, 2)}\n` : attachedText(attached),
        )
      },
    )
}

function attachedText({ attachment, without, remade }: Attached): string {
  const { source, runs, meter, clock } = attachment
  const readings = runs.reduce((sum, run) => sum + run.readings, 0)
  const gaps =
    source.gaps === 0
      ? 'no gaps'
      : `${fixed(source.gaps, 0)} gaps, ${significant(source.longest, 3)} s the longest`
  return [
    `${meter}: ${fixed(source.rows, 0)} rows, ${gaps}; ${fixed(readings, 0)} of them are of ${fixed(runs.length, 0)} runs\n`,
    clock.by === 'found'
      ? `  its clock was found to be ${significant(clock.offset, 3)} s ahead, give or take ${significant(clock.doubt, 2)} s\n`
      : '',
    ...without.map(run => `  ${run}  no row: it has no total\n`),
    ...remade.map(path => `${shortPath(path)}\n`),
  ].join('')
}
