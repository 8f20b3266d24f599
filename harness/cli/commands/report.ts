import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { FormatId } from '../../../results/report/registry.ts'
import { shortPath } from '../summary-text.ts'
import type { Terminal } from '../terminal.ts'

const FORMATS: readonly FormatId[] = ['csv', 'html', 'json', 'md', 'png']

function readFormats(text: string): readonly FormatId[] {
  const asked = text.split(',').map(word => word.trim())
  const known = asked.filter((word): word is FormatId => FORMATS.some(format => format === word))
  if (known.length === asked.length) return [...new Set(known)]
  throw new InvalidArgumentError(`Allowed: ${FORMATS.join(', ')}, several joined by commas.`)
}

/** `joulemark report DIR` */
export function reportCommand(program: Command, terminal: Terminal): void {
  program
    .command('report')
    .summary('write a report')
    .description('Writes a report of a campaign in one or more formats. All of it is made from the raw data.')
    .argument('<dir>', 'folder of a campaign')
    .option('--format <list>', `formats, joined by commas: ${FORMATS.join(', ')}`, readFormats, [
      'html',
    ] as readonly FormatId[])
    .option('--out <dir>', "folder to write to (default: derived/<version>/report in the campaign's folder)")
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark report campaigns/<id>\n  joulemark report campaigns/<id> --format html,md,csv,json,png --out /tmp/report',
    )
    .action(async (dir: string, options: { readonly format: readonly FormatId[]; readonly out?: string }) => {
      const [{ derivedFolder, resultOf, writeReport }, { reportFolder }] = await Promise.all([
        import('../derive-results.ts'),
        import('../report-folder.ts'),
      ])
      const chosen = options.out === undefined ? null : await reportFolder(options.out)
      const { result } = await resultOf(dir)
      const folder = chosen ?? join(derivedFolder(dir), 'report')
      const written = await writeReport(folder, result, options.format)
      terminal.out(written.map(path => `${shortPath(path)}\n`).join(''))
    })
}
