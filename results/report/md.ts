import type { Footprint } from '../../harness/model/footprint.ts'
import type { GroupResult, Result } from '../../harness/model/result.ts'
import { cautionTexts } from './caution-text.ts'
import { CROSS_CHECK_HEAD, CROSS_CHECK_LEAD, crossCheckRows } from './cross-check-text.ts'
import { estimateLine } from './estimate-text.ts'
import { findingText } from './finding-text.ts'
import { KINDS_AND_CLASSES, toolText } from './legend.ts'
import { clusterMd } from './md-cluster.ts'
import { METERS_HEAD, METERS_LEAD, meterRows } from './meters-text.ts'
import { bytesText, percentText, significant, timeText } from './number-text.ts'
import type { ReportFormat } from './report-format.ts'
import { groupReasons, runsOf } from './rule-text.ts'
import { differenceTexts, pairRatioText, targetPairs } from './target-pairs.ts'

/** Keeps a text inside its cell: no pipes, no line ends, no markup of its own. */
const cell = (text: string): string =>
  text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|`*_<>[\]]/g, c => `\\${c}`)

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
  return [line(header), `|${header.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n')
}

const evidence = (g: GroupResult): string =>
  g.evidence === null ? 'none' : `${g.evidence.kind} ${g.evidence.class}, ${g.evidence.scope}`

function reasonsOf(result: Result, g: GroupResult): string {
  const skipped = runsOf(result, g)
    .filter(r => r.outcome === 'skipped')
    .flatMap(r => r.findings.map(findingText))
  return [...new Set([...groupReasons(result, g), ...skipped])].join('; ')
}

function sideBySide(result: Result): string[] {
  const pairs = targetPairs(result)
  if (pairs.length === 0) return []
  const rows = pairs.map(p => [
    p.workload,
    p.a.target,
    p.b.target,
    p.words,
    pairRatioText(p),
    differenceTexts(p.boundaryDifferences).join('; '),
    differenceTexts(p.programDifferences).join('; '),
  ])
  return [
    '## Targets side by side',
    table(['workload', 'A', 'B', 'verdict', 'B beside A', 'boundary differs in', 'programs differ'], rows),
  ]
}

function metersMd(result: Result): string[] {
  const [meters, beside] = [meterRows(result), crossCheckRows(result)]
  return [
    ...(meters.length === 0 ? [] : ['## Meters', METERS_LEAD, table(METERS_HEAD, meters)]),
    ...(beside.length === 0
      ? []
      : ['## Meters beside one another', CROSS_CHECK_LEAD, table(CROSS_CHECK_HEAD, beside)]),
  ]
}

function text(result: Result): string {
  const c = result.campaign
  const cleanup = result.cleanup
  const figures = table(
    ['workload', 'target', 'energy per unit', 'above baseline', 'power', 'evidence', 'verdict', 'why'],
    result.groups.map(g => [
      `${g.workload} v${g.version}`,
      g.target,
      estimateLine(g.energyPerUnit, 'J', g.functionalUnit),
      estimateLine(g.energyPerUnitAboveBaseline, 'J', g.functionalUnit),
      estimateLine(g.power, 'W'),
      evidence(g),
      g.verdict,
      reasonsOf(result, g),
    ]),
  )
  const findings = [
    ...new Set(
      result.runs.flatMap(r => r.findings.map(f => `${r.workload} on ${r.target}: ${findingText(f)}`)),
    ),
  ]
  const machines = table(
    ['target', 'host', 'roles', 'machine', 'CPU', 'memory', 'virtualization', 'system'],
    result.machines.map(m => [
      m.target,
      m.host,
      m.roles.join(', '),
      String(m.machine),
      `${m.cpu}, ${m.threads} threads`,
      bytesText(m.memoryBytes),
      m.virtualization,
      `${m.os}, Linux ${m.kernel}`,
    ]),
  )
  const all = result.runs.flatMap(r => r.footprint)
  const most = (of: (f: Footprint) => number | null): number | null => {
    const known = all.map(of).filter(value => value !== null)
    return known.length === 0 ? null : Math.max(...known)
  }
  const [share, p50, p99] = [
    most(f => f.cpuShare),
    most(f => f.latenessP50Micros),
    most(f => f.latenessP99Micros),
  ]
  const late = (micros: number | null): string =>
    micros === null ? 'not known' : `${significant(micros / 1000, 2)} ms`
  return [
    `# ${cell(c.title)}`,
    `Campaign \`${c.id}\`, ${c.startedAt === null ? 'not started' : timeText(c.startedAt, c.zone)}, ${toolText(result)}, profile ${c.profile}, ${c.complete} of ${c.planned} planned runs complete, ${c.sealed ? 'sealed' : 'not sealed'}.`,
    ...cautionTexts(result).map(caution => `> ${cell(caution)}`),
    '## Energy',
    figures,
    KINDS_AND_CLASSES,
    ...sideBySide(result),
    ...clusterMd(result, table),
    ...metersMd(result),
    '## Trust',
    [
      `- clean-up: ${cleanup.made} made, ${cleanup.gone} gone${cleanup.left.length > 0 ? `, left behind: ${cell(cleanup.left.join(', '))}` : ''}`,
      `- our own footprint: CPU ${share === null ? 'not known' : `at most ${percentText(share)} of one core`}, ${bytesText(all.reduce((sum, f) => sum + f.bytes, 0))} recorded, readings late by at most ${late(p50)} (p50), ${late(p99)} (p99)`,
      `- make every figure again: \`joulemark verify campaigns/${c.id}\``,
    ].join('\n'),
    '## Findings',
    findings.length === 0 ? 'None.' : findings.map(f => `- ${cell(f)}`).join('\n'),
    '## Machines',
    machines,
    '',
  ].join('\n\n')
}

export const md: ReportFormat = {
  id: 'md',
  title: 'the figures and their evidence as Markdown',
  render: async result => [{ path: 'report.md', content: text(result) }],
}
