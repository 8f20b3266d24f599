import type { Finding } from '../../harness/model/finding.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import type { RunFacts } from '../rules/rules.ts'
import type { RunContext } from './run-context.ts'

type Change = NonNullable<RunFacts['changes']>[number]

/** Facts that make a run invalid when they change (JM-E2a): read from the archive itself, whatever the runner said. */
const GRAVE: Readonly<Record<string, (facts: HostFacts) => string>> = {
  kernel: facts => facts.kernel,
  'cpu.governor': facts => facts.cpu.governor ?? 'none',
  'cpu.turbo': facts => String(facts.cpu.turbo ?? 'none'),
  'cpu.model': facts => facts.cpu.model,
  'cpu.threads': facts => String(facts.cpu.threads),
}

/** What is not as it was before the run; null: the machines were not looked at before and after. */
export function environmentChanges({ record, files }: RunContext): readonly Change[] | null {
  const found = record.findings.filter(f => f.code === 'ENVIRONMENT_CHANGED').map(changeOf)
  const { before, after } = files
  if (before === null || after === null) return found.length === 0 ? null : found
  const known = new Set(found.map(({ host, fact }) => `${host} ${fact}`))
  const shown = Object.keys(before.hosts).flatMap(host => {
    const [was, is] = [before.hosts[host], after.hosts[host]]
    if (was === undefined || is === undefined) return []
    return Object.entries(GRAVE).map(([fact, of]) => ({ host, fact, before: of(was), after: of(is) }))
  })
  return [...found, ...shown.filter(c => c.before !== c.after && !known.has(`${c.host} ${c.fact}`))]
}

function changeOf({ host, values }: Finding): Change {
  const text = (key: string): string => String(values[key] ?? '')
  return { host: host ?? text('host'), fact: text('fact'), before: text('before'), after: text('after') }
}
