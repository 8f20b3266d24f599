import { percentText, significant } from '../../results/report/number-text.ts'
import type { Certificate, QualifiedLevel } from '../model/certificate.ts'
import { type Column, textTable } from './text-table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'level' },
  { title: 'power', align: 'right' },
  { title: 'deviation', align: 'right' },
  { title: 'limit of class meter', align: 'right' },
  { title: 'together', align: 'right' },
  { title: 'class there' },
  { title: '' },
]

/** A certificate for people: levels with their deviations, what was left out, and the verdict with its reasons. */
export function qualifyText({ sensor, against, host, levels, range, ...c }: Certificate): string {
  const head = `${sensor.id} (${sensor.kind}, ${sensor.source}) against ${against.id} (${against.kind}) on ${host.cpu}\n`
  const left = levels.flatMap(({ workload, unused }) =>
    unused.map(
      ({ meter, reason, minutes }) =>
        `  not used: ${minutes} minute${minutes === 1 ? '' : 's'} of ${workload}, in which ${meter} has no figure (${reason})\n`,
    ),
  )
  const end =
    c.verdict === 'passed'
      ? `passed: within ${percentText(c.limit)} from ${significant(range.low)} to ${significant(range.high)} W\n`
      : `failed\n${c.reasons.map(reason => `  ${reason}\n`).join('')}`
  return [head, '\n', textTable(COLUMNS, levels.map(row)), ...left, '\n', end].join('')
}

const row = (level: QualifiedLevel): string[] => [
  level.workload,
  `${significant(level.watts)} W`,
  signed(level.deviation),
  percentText(level.limit),
  percentText(Math.abs(level.deviation) + level.limit),
  level.class,
  level.passed ? 'passed' : 'failed',
]

const signed = (share: number): string => (share > 0 ? `+${percentText(share)}` : percentText(share))
