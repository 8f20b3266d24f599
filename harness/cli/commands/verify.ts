import type { Command } from 'commander'
import { bytesText, fixed } from '../../../results/report/number-text.ts'
import { EXIT } from '../../model/error.ts'
import type { Terminal } from '../terminal.ts'
import type { Verification } from '../verify-folder.ts'

/** `joulemark verify DIR` */
export function verifyCommand(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .summary('check hashes and make everything again')
    .description(
      'Checks every hash of a sealed campaign, makes result and report again from the raw data, and holds them against what is there. Each file that differs is named.',
    )
    .argument('<dir>', 'folder of a campaign')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  joulemark verify campaigns/<id>')
    .action(async (dir: string, options: { readonly json?: true }) => {
      const { verifyFolder } = await import('../verify-folder.ts')
      const verification = await verifyFolder(dir)
      terminal.out(
        options.json === true ? `${JSON.stringify(verification, null, 2)}\n` : verifyText(verification),
      )
      if (verification.seal.state !== 'sealed') process.exitCode = EXIT.invalid
      else if (!verification.sound) process.exitCode = EXIT.corrupt
    })
}

function verifyText({ seal, planHolds, remade, sound }: Verification): string {
  const sealed =
    seal.state === 'sealed'
      ? `sealed: ${fixed(seal.files, 0)} files, ${bytesText(seal.bytes)}, every hash holds`
      : 'not sealed: there are no hashes to check (the campaign has not come to its end, or left something behind)'
  return [
    `${sealed}\n`,
    planHolds ? 'plan.json has its digest\n' : 'plan.json does not have the digest that it states\n',
    'the result was made again from raw\n',
    ...remade.map(
      ({ file, equal }) => `  ${file}  ${equal ? 'equal' : 'DIFFERS from what the raw data give'}\n`,
    ),
    seal.state !== 'sealed'
      ? 'not verified: only a finished campaign is sealed, and only a sealed one can be\n'
      : sound
        ? 'sound\n'
        : 'not sound\n',
  ].join('')
}
