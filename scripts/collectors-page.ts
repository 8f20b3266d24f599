import { seriesKey } from '../harness/model/batch.ts'
import type { Collector } from '../harness/model/collector.ts'
import { caseNames, runCase } from '../test/support/collector-case.ts'

const HEAD = `# Collectors

A collector reads one kind of thing on a host. On the machine that is measured nothing is interpreted: the recorder copies the files that a
collector names, with two time stamps, and the controller parses the copies afterwards. \`joulemark check FILE\` says for every host which of
them is available, absent or forbidden, and what to do about it.

Every series has a measurement, a field, a unit, a kind and an instance. A *counter* only grows and its differences count; a *gauge* counts
as it stands. Where there is an instance \`total\`, it stands for the whole machine: take it or the single instances, never both.

A reading that failed is \`error\`, a thing that is not there is \`absent\`; neither is ever written as 0. For a counter both are breaks: what
happened between the good readings on either side isn't known, and no difference is taken across them. A tick that is missing altogether
is bridged: a counter loses nothing by it.

This page is written by \`npm run docs\` from what the collectors say of themselves and from their fixtures
(\`test/fixtures/collectors\`); the instances are those of the fixtures. How to add one: [adding-a-collector.md](adding-a-collector.md).
`

/** Text of docs/collectors.md: every collector with its own words, and each series that its fixtures give. */
export const collectorsPage = (collectors: readonly Collector[]): string =>
  [HEAD, ...collectors.map(section)].join('\n')

function section(collector: Collector): string {
  const { id, title, about, probePaths } = collector
  const looked = probePaths.map(path => `\`${path}\``).join(', ')
  return [
    `## ${id}: ${title}`,
    about,
    `A look before the run at ${looked} tells whether it is there.`,
    ['| measurement | field | unit | kind | instances |', '|---|---|---|---|---|', ...rows(collector)].join(
      '\n',
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n')
}

interface FieldRow {
  readonly line: string
  readonly instances: Set<string>
}

/** One row for each field, with the instances that it has in the fixtures. */
function rows(collector: Collector): string[] {
  const fields = new Map<string, FieldRow>()
  for (const name of caseNames(collector.id)) {
    for (const { series } of runCase(collector, name).batches) {
      const key = seriesKey({ ...series, instance: '' })
      const line = `| ${series.measurement} | ${series.field} | ${series.unit} | ${series.kind} |`
      const row = fields.get(key) ?? { line, instances: new Set() }
      row.instances.add(series.instance)
      fields.set(key, row)
    }
  }
  return [...fields.values()].map(({ line, instances }) => `${line} ${some([...instances].sort())} |`)
}

/** At most six, `total` first. */
function some(instances: readonly string[]): string {
  const sorted = instances.toSorted((a, b) => Number(b === 'total') - Number(a === 'total'))
  return `${sorted.slice(0, 6).join(', ')}${sorted.length > 6 ? ' …' : ''}`
}
