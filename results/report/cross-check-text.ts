import type { CrossCheck } from '../../harness/model/cross-check.ts'
import type { Result, RunResult } from '../../harness/model/result.ts'
import { fixed, significant } from './number-text.ts'

/** Rows of the table of meters that stand beside the one that counts; empty: no run has several. */
export const crossCheckRows = (result: Result): string[][] =>
  result.runs.flatMap(run => (run.crossChecks ?? []).map(check => row(run, check)))

export const CROSS_CHECK_HEAD = [
  'run',
  'counts',
  'beside it',
  'ratio',
  'slope',
  'offset',
  'lag',
  'difference',
  'noticed',
]

export const CROSS_CHECK_LEAD =
  'What other meters of the same machine say beside the one that counts (best kind, then best class), over the bins of the run in which both were read: ratio of the means, slope and offset of a straight line and lag where power varied, mean difference with limits of agreement (± 1.96 standard deviations). Meters of unlike scope need not agree.'

function row(run: RunResult, c: CrossCheck): string[] {
  const name = `${run.workload} on ${run.target}, run ${run.repetition}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}, ${c.host}`
  return [
    name,
    c.against,
    c.source,
    fixed(c.ratio, 3),
    c.slope === null ? '–' : fixed(c.slope, 3),
    c.offset === null ? '–' : `${significant(c.offset, 3)} W`,
    c.lag === null ? '–' : `${significant(c.lag, 2)} s`,
    `${significant(c.difference, 3)} W (${significant(c.agreement[0], 3)} … ${significant(c.agreement[1], 3)})`,
    noticed(c),
  ]
}

function noticed({ signature, slope, source, against }: CrossCheck): string {
  if (signature === null) return ''
  if (signature.kind === 'constant') return `${source} stays the same while ${against} changes`
  const { factor } = signature
  const times = factor >= 1 ? `× ${fixed(factor, 0)}` : `÷ ${fixed(1 / factor, 0)}`
  const means = slope === null ? ' (by the means alone: power did not vary)' : ''
  return `${source} is ${against} ${times}${means}: a unit, a supply or a die counted wrong?`
}
