import type { Command } from 'commander'
import { EXIT } from '../../model/error.ts'
import { isNotReady } from '../../targets/check-item.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark check FILE` */
export function checkCommand(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .summary('look at every host before a campaign')
    .description(
      'Tells, host by host, what is reachable, which tools and sensors are available, absent or forbidden and what to do about it, the offset of the clock, free space, ' +
        'how root is had, whether a detached process survives a disconnect, and how quiet the machine is. Leaves nothing behind.',
    )
    .argument('<file>', 'campaign file (YAML)')
    .option('--json', 'as JSON')
    .option(
      '--prove-map',
      'load each host that a meter feeds in steps, one after the other (a minute and a half or more each), and see which meters follow',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark check campaign.yaml\n  joulemark check campaign.yaml --prove-map   # is what stands under `behind` true?',
    )
    .action(async (file: string, options: { readonly json?: true; readonly proveMap?: true }) => {
      const [{ loadFile }, { checkCampaign }, { checkText }, { stopSignals }] = await Promise.all([
        import('../load-file.ts'),
        import('../check/check-campaign.ts'),
        import('../check/check-text.ts'),
        import('../stop-signals.ts'),
      ])
      // What was laid on hosts to look at them is taken away first.
      using signals = stopSignals(() =>
        terminal.err('check ends when it has taken away what it made; Ctrl-C again stops at once\n'),
      )
      signals.hard.addEventListener('abort', () => process.exit(EXIT.interrupted))
      const checks = await checkCampaign(await loadFile(file), {
        terminal,
        quiet: options.json === true,
        proveMap: options.proveMap === true,
        signal: signals.soft,
      })
      terminal.out(
        options.json === true ? `${JSON.stringify(checks, null, 2)}\n` : checkText(checks, terminal),
      )
      if (checks.some(isNotReady)) process.exitCode = EXIT.unreachable
      if (signals.soft.aborted) process.exitCode = EXIT.interrupted
    })
}
