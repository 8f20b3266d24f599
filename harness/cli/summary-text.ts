import { relative } from 'node:path'
import { estimateText } from '../../results/report/estimate-text.ts'
import { fixed } from '../../results/report/number-text.ts'
import type { ExitName } from '../model/error.ts'
import type { GroupResult, Result } from '../model/result.ts'
import type { CampaignSummary } from '../run/summary.ts'
import { textTable } from './text-table.ts'

/** The last lines of a run: what became of the runs, the figures, what is still to do. `report`: path of the page; null: none was made. */
export function summaryText(o: {
  readonly summary: CampaignSummary
  readonly result: Result | null
  readonly report: string | null
  /** Why points wait; null: none do, or it is not known. */
  readonly waitingBecause?: string | null
}): string {
  const { summary, result, report } = o
  const dir = shortPath(summary.dir)
  return [
    `${countsText(summary)}\n`,
    result === null || result.groups.length === 0 ? '' : groupTable(result),
    ...summary.runs
      .filter(run => run.error !== null)
      .map(
        run =>
          `  ${run.run}: ${run.outcome}: ${run.error?.message ?? ''}${run.error?.hint === undefined ? '' : `. ${run.error.hint}`}\n`,
      ),
    ...leftLines(summary, dir),
    ...pointLines(summary, dir, o.waitingBecause ?? null),
    ...resumeLines(summary, dir),
    report === null ? '' : `report  ${shortPath(report)}\n`,
    summary.sealed ? `verify  joulemark verify ${dir}\n` : '',
  ].join('')
}

/** What a finished campaign exits with; the first that applies of those in docs/exit-codes.md. */
export function summaryExit(summary: CampaignSummary, result: Result | null): ExitName {
  if (summary.interrupted && summary.open > 0) return 'interrupted'
  if (summary.left.length > 0) return 'leftBehind'
  if (
    summary.complete === 0 &&
    summary.runs.length > 0 &&
    summary.runs.every(run => run.unreachable === true)
  )
    return 'unreachable'
  const failed = result?.groups.some(group => group.verdict === 'invalid') === true || workFailed(result)
  return summary.open > 0 || summary.invalid > 0 || failed ? 'invalid' : 'ok'
}

/** A run that counts and whose work failed. */
const workFailed = (result: Result | null): boolean =>
  result?.runs.some(
    run =>
      run.outcome === 'complete' &&
      run.verdicts.workload === 'failed' &&
      result.groups.some(group => group.counted.includes(run.id)),
  ) === true

export const shortPath = (path: string): string => {
  const near = relative(process.cwd(), path)
  return near === '' ? '.' : near.startsWith('..') ? path : near
}

function countsText(s: CampaignSummary): string {
  const parts: readonly (readonly [number, string])[] = [
    [s.valid, 'valid'],
    [s.unranked, 'valid but unranked'],
    [s.invalid, 'invalid'],
    [s.complete - s.valid - s.unranked - s.invalid, 'complete without a verdict'],
    [s.skipped, 'skipped'],
    [s.open, 'not measured'],
  ]
  const told = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  const runs = `${s.planned} ${s.planned === 1 ? 'run' : 'runs'}${told.length === 0 ? '' : `: ${told.join(', ')}`}`
  return `${runs} · clean-up: ${s.made} made, ${s.gone} gone`
}

function groupTable(result: Result): string {
  const rows = result.groups.map(group => [
    group.target,
    group.workload,
    figure(group),
    n(group),
    evidence(group),
    group.verdict,
  ])
  return textTable(
    [
      { title: 'target' },
      { title: 'workload' },
      { title: 'energy per unit' },
      { title: 'how sure' },
      { title: 'evidence' },
      { title: 'verdict' },
    ],
    rows,
  )
}

function figure(group: GroupResult): string {
  const { main, unit } = estimateText(group.energyPerUnit, 'J', group.functionalUnit)
  return unit === '' ? main : `${main} ${unit}`
}

const n = (group: GroupResult): string =>
  group.verdict === 'skipped' ? '' : estimateText(group.energyPerUnit, 'J', group.functionalUnit).sure

const evidence = (group: GroupResult): string =>
  group.evidence === null ? '' : `${group.evidence.kind} ${group.evidence.class}`

function leftLines(s: CampaignSummary, dir: string): readonly string[] {
  if (s.left.length === 0) return []
  const shown = s.left
    .slice(0, 20)
    .map(item => `  ${item.target} ${item.host}: ${item.what} (${item.reason})\n`)
  return [`left behind ${s.left.length}:\n`, ...shown, `  try again with: joulemark reap ${dir}\n`]
}

function pointLines(s: CampaignSummary, dir: string, because: string | null): readonly string[] {
  if (s.points === null) return []
  const { stored, waiting, refused } = s.points
  const line = `influx  ${fixed(stored, 0)} stored · ${fixed(waiting, 0)} waiting · ${fixed(refused, 0)} refused\n`
  return waiting + refused === 0
    ? [line]
    : [
        line,
        `  nothing is lost${because === null ? '' : ` (${because})`}; send what waits with: joulemark sync ${dir}\n`,
      ]
}

function resumeLines(s: CampaignSummary, dir: string): readonly string[] {
  if (s.open === 0) return []
  const saved = `${s.complete} of ${s.planned} runs are complete and saved in ${dir}\n`
  return [s.interrupted ? `stopped. ${saved}` : saved, `  go on with: joulemark run --resume ${dir}\n`]
}
