import type { Command } from 'commander'
import { EXIT } from '../../model/error.ts'
import { shortPath } from '../summary-text.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly meter: string
  readonly against: string
  readonly target?: string
  readonly host?: string
  readonly out?: string
  readonly json?: true
}

/** `joulemark qualify DIR --meter ID --against ID` */
export function qualifyCommand(program: Command, terminal: Terminal): void {
  program
    .command('qualify')
    .summary('hold a sensor against a class meter')
    .description(
      'Holds a sensor (a BMC, an exporter, a meter without a data sheet) against a class meter that fed the same host in a campaign: at idle and at two loads at least, in five minutes each. Writes a certificate, which a campaign file can cite. A sensor that fails gets one, too, and the exit code is 7; where the campaign can not tell, it is 3.',
    )
    .argument('<dir>', 'folder of a campaign')
    .requiredOption('--meter <id>', 'the sensor, by its id in the campaign')
    .requiredOption('--against <id>', 'a wall meter of class E2 or better, by its id')
    .option('--target <id>', 'target, where both feed several')
    .option('--host <id>', 'host of it, where both feed several')
    .option(
      '--out <file>',
      "file to write (default: derived/<version>/<meter>.certificate.json in the campaign's folder)",
    )
    .option('--json', 'the certificate on standard output')
    .addHelpText(
      'after',
      '\nExample:\n  joulemark qualify campaigns/<id> --meter bmc --against analyzer --out bmc.certificate.json',
    )
    .action(async (dir: string, options: Options) => {
      const [{ qualifyFolder }, { certificateText }, { qualifyText }] = await Promise.all([
        import('../qualify-folder.ts'),
        import('../../model/certificate.ts'),
        import('../qualify-text.ts'),
      ])
      const { certificate, file } = await qualifyFolder(dir, options)
      if (options.json === true) terminal.out(certificateText(certificate))
      else terminal.out(`${qualifyText(certificate)}certificate: ${shortPath(file)}\n`)
      if (certificate.verdict === 'failed') process.exitCode = EXIT.invalid
    })
}
