import type { Command } from 'commander'
import { workloadsById } from '../../../workloads/registry.ts'
import { estimatePlan } from '../../plan/estimate.ts'
import { collectorsById, loadFile } from '../load-file.ts'
import { planText } from '../plan-text.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark plan FILE`: what would be run; connects to nothing, writes nothing. */
export function planCommand(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .summary('show every run in order, with time and bytes')
    .description(
      'Checks a campaign file and shows every run in order, how long it takes, and how many bytes it needs on each host. Connects to nothing and writes nothing.',
    )
    .argument('<file>', 'campaign file (YAML)')
    .option('--json', 'plan and estimate as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark plan campaign.yaml\n  joulemark plan campaign.yaml --json | jq .plan.runs',
    )
    .action(async (file: string, options: { readonly json?: true }) => {
      const { plan } = await loadFile(file)
      const estimate = estimatePlan(plan, { workloads: workloadsById, collectors: collectorsById })
      if (options.json !== true) return terminal.out(planText(plan, estimate))
      const runSeconds = Object.fromEntries(estimate.runSeconds)
      terminal.out(`${JSON.stringify({ plan, estimate: { ...estimate, runSeconds } }, null, 2)}\n`)
    })
}
