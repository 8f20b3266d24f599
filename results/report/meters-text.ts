import type { Evidence } from '../../harness/model/evidence.ts'
import type { MeterUse } from '../../harness/model/meter-use.ts'
import type { EnergyFigure, Result, RunResult } from '../../harness/model/result.ts'
import { shownRuns } from './charts/all-charts.ts'
import { significant } from './number-text.ts'

export const METERS_HEAD = [
  'run',
  'meter',
  'evidence',
  'power in windows',
  'limit of error, sum',
  'GUM, k = 2',
  'asked every',
  'says something new every',
  'behind the CPU by',
]

export const METERS_LEAD =
  'How the meters were read, in the first counted run of each workload and target. Limit of error: the data sheet’s, both terms added up (as SPEC’s run rules do). GUM: twice the standard uncertainty of the instrument, both terms by themselves. A meter that says something new less often than it is asked has readings that are older than they look: set its interval to that pace, and its uncertainty has it. How far its power lies behind the machine’s CPU is told where the CPU’s use varied.'

/** Rows of the table of meters that were asked over a network; empty: there were none. */
export const meterRows = (result: Result): string[][] =>
  shownRuns(result).flatMap(({ run, title }) => (run.meters ?? []).map(use => row(run, title, use)))

function row(run: RunResult, title: string, use: MeterUse): string[] {
  const figures = run.stretches
    .filter(({ phase }) => phase.name === 'window')
    .flatMap(({ energy, seconds }) =>
      energy
        .filter(({ host, evidence }) => host === use.host && evidence.source === use.source)
        .map(figure => ({ figure, seconds })),
    )
  const seconds = figures.reduce((sum, one) => sum + one.seconds, 0)
  /** Mean over the windows, W; null: one of them has none. */
  const mean = (of: (figure: EnergyFigure) => number | null | undefined): number | null => {
    const all = figures.map(({ figure }) => of(figure) ?? null)
    const sum = all.reduce<number | null>((s, j) => (s === null || j === null ? null : s + j), 0)
    return sum === null || seconds === 0 ? null : sum / seconds
  }
  const watts = (value: number | null): string => (value === null ? '–' : `${significant(value, 3)} W`)
  const limit = (value: number | null): string => (value === null ? 'not given' : `± ${watts(value)}`)
  const evidence = figures[0]?.figure.evidence
  return [
    `${title}, ${use.host}`,
    use.source,
    evidence === undefined
      ? 'none'
      : `${evidence.kind} ${evidence.class}, ${evidence.scope}${certificateOf(use, evidence)}`,
    watts(mean(figure => figure.joules)),
    limit(mean(figure => figure.limits?.linear)),
    limit(mean(figure => figure.limits?.expanded)),
    `${significant(use.asked, 2)} s`,
    updateText(use),
    lagText(use),
  ]
}

/** A certificate that does not hold here has a finding that says why. */
function certificateOf({ certificate }: MeterUse, evidence: Evidence): string {
  if (certificate === undefined) return ''
  const holds = evidence.class === 'E0' || evidence.class === 'none' ? 'does not hold here' : 'holds'
  return `; its certificate (${certificate.campaign}) ${holds}`
}

function updateText({ update }: MeterUse): string {
  if (update === null) return 'not known: it changed too seldom'
  return `${update.atMost ? 'at most ' : ''}${significant(update.seconds, 2)} s`
}

function lagText({ lag, resolution }: MeterUse): string {
  if (lag === null) return 'not known'
  const most = `${significant(Math.abs(lag) + resolution, 2)} s`
  return Math.abs(lag) < resolution
    ? `at most ${most}`
    : `${significant(lag, 2)} s ± ${significant(resolution, 2)} s`
}
