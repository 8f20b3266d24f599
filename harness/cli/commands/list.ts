import { Argument, type Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { wrapText } from '../wrap-text.ts'

interface Entry {
  readonly id: string
  readonly title: string
  readonly about: string
}

const REGISTRIES: Readonly<Record<string, () => Promise<readonly Entry[]>>> = {
  collectors: async () => {
    const [{ collectors }, { meterKinds }] = await Promise.all([
      import('../../../collectors/registry.ts'),
      import('../../../collectors/meter-kinds.ts'),
    ])
    return [
      ...Object.values(collectors).map(({ id, title, about }) => ({ id, title, about })),
      ...[...meterKinds.values()].map(({ id, title, about }) => ({
        id,
        title: `${title}; named under meters`,
        about,
      })),
    ]
  },
  workloads: async () =>
    Object.values((await import('../../../workloads/registry.ts')).workloads).map(
      ({ id, title, about, version, functionalUnit }) => ({
        id,
        title: `${title}, version ${version}, per ${functionalUnit}`,
        about,
      }),
    ),
  targets: async () =>
    [...(await import('../../targets/registry.ts')).targetKinds.values()].map(({ id, title, about }) => ({
      id,
      title,
      about,
    })),
  formats: async () =>
    Object.values((await import('../../../results/report/registry.ts')).formats).map(({ id, title }) => ({
      id,
      title,
      about: '',
    })),
}

/** `joulemark list WHAT`: what can be named in campaign files and options. */
export function listCommand(program: Command, terminal: Terminal): void {
  program
    .command('list')
    .summary('list what a campaign file can name')
    .description(
      'Lists collectors, workloads, kinds of targets or formats of reports: what campaign files and options can name.',
    )
    .addArgument(new Argument('<what>', 'what to list').choices(Object.keys(REGISTRIES)))
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExamples:\n  joulemark list workloads\n  joulemark list collectors --json')
    .action(async (what: string, options: { readonly json?: true }) => {
      const entries = (await REGISTRIES[what]?.()) ?? []
      const width = Math.min(100, terminal.columns())
      terminal.out(
        options.json === true
          ? `${JSON.stringify(entries, null, 2)}\n`
          : entries.map(entry => entryText(entry, width)).join(''),
      )
    })
}

function entryText({ id, title, about }: Entry, width: number): string {
  const paragraph = about === '' ? '' : `${wrapText(about, { width, indent: '  ' })}\n`
  return `${id}  ${title}\n${paragraph}`
}
