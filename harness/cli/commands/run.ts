import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { TRUST_STATE } from '../state-mark.ts'
import type { Terminal } from '../terminal.ts'

interface RunOptions {
  readonly out: string
  readonly resume?: string
  readonly json?: true
  readonly yes?: true
  readonly allowChanged?: true
  readonly trustState?: true
}

/** `joulemark run FILE` and `joulemark run --resume DIR` */
export function runCommand(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .summary('run a campaign, or go on with one')
    .description(
      'Runs a campaign: every run is deployed, measured, archived and torn down; then the campaign is sealed and reported. ' +
        'Ctrl-C tears down and saves; a second Ctrl-C stops at once. --resume goes on after either, and after a crash, without measuring again what is complete.',
    )
    .argument('[file]', 'campaign file (YAML); left out with --resume')
    .option('--out <dir>', "folder in which the campaign's own folder is made", 'campaigns')
    .option('--resume <dir>', "go on with this campaign's folder")
    .option('--json', 'events as JSON, one a line, instead of the progress display')
    .option(
      '-y, --yes',
      'do not ask before programs are installed on hosts (without a terminal nobody is asked: deploy.install decides)',
    )
    .option('--allow-changed', 'with --resume: go on although tool or environment changed')
    .option(TRUST_STATE[0], `with --resume: ${TRUST_STATE[1]}`)
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark run docs/examples/quick.yaml\n  joulemark run campaign.yaml --out /data/campaigns --yes\n  joulemark run --resume campaigns/<id>',
    )
    .action(async (file: string | undefined, options: RunOptions, command: Command) => {
      if ((file === undefined) === (options.resume === undefined))
        command.error('joulemark: run takes either a campaign file or --resume DIR')
      process.exitCode =
        options.resume === undefined
          ? await start(file ?? '', options, terminal)
          : await goOn(options.resume, options, terminal)
    })
}

async function start(file: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const { loadFile } = await import('../load-file.ts')
  const { plan, connections, influx, meters, publicText } = await loadFile(file)
  const installs = plan.workloads.some(workload => workload.install === 'allow')
  if (installs && options.yes !== true && !(await allowed(terminal))) return 0
  const [{ campaignId }, { createCampaign }, { connectionState }, { conduct }, { runCampaign }] =
    await Promise.all([
      import('../campaign-id.ts'),
      import('../../../results/archive/node-archive.ts'),
      import('../compose.ts'),
      import('../conduct.ts'),
      import('../../run/campaign.ts'),
    ])
  const dir = join(resolve(options.out), campaignId(plan.name, new Date()))
  const reach = { targets: connections, influx, meters }
  const archive = await createCampaign(dir, {
    plan,
    campaignText: publicText,
    state: connectionState(reach),
  })
  return conduct({
    archive,
    connections: reach,
    terminal,
    json: options.json === true,
    act: parts => runCampaign(parts, plan),
  })
}

async function allowed(terminal: Terminal): Promise<boolean> {
  const { confirm } = await import('../confirm.ts')
  if (
    await confirm(
      terminal,
      'deploy.install is allow: missing programs will be installed on the hosts. Start?',
    )
  )
    return true
  terminal.err('Nothing was started.\n')
  return false
}

async function goOn(dir: string, options: RunOptions, terminal: Terminal): Promise<number> {
  const [{ openCampaign }, { savedConnections }, { conduct }, { resumeCampaign }] = await Promise.all([
    import('../../../results/archive/node-archive.ts'),
    import('../compose.ts'),
    import('../conduct.ts'),
    import('../../run/resume.ts'),
  ])
  const archive = await openCampaign(dir)
  const connections = await savedConnections(archive, { trust: options.trustState === true })
  return conduct({
    archive,
    connections,
    terminal,
    json: options.json === true,
    act: parts => resumeCampaign(parts, { allowChanged: options.allowChanged === true }),
  })
}
