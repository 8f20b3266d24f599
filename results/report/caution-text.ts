import type { FindingCode } from '../../harness/model/finding.ts'
import type { GroupResult, Result } from '../../harness/model/result.ts'
import { runsOf } from './rule-text.ts'

/** What a reader must know before the figures, by what was broken; the worst first. */
const CAUTIONS: readonly (readonly [FindingCode, string])[] = [
  [
    'NOISY',
    'The machine was busy with other work: what that took is in the figures, so they say little about the workload.',
  ],
  [
    'SOURCE_MODEL',
    'No power meter was readable: energy is modelled from CPU use with a wide range, and says nothing about small differences.',
  ],
  ['PROFILE_QUICK', 'The profile is quick: a look, not a measurement to publish.'],
  ['LOADGEN_SHARED', 'The load generator ran on the measured machine; the figures include it.'],
  ['SHARED_KERNEL', 'Several hosts of this campaign are one machine.'],
  ['STEAL', 'Neighbours took more CPU time than the limit allows.'],
]

/** Why the figures may not be ranked or used, in the reader's words, a sentence each. */
export function cautionTexts(result: Result): readonly string[] {
  /** Groups by what their runs broke. */
  const broken = Map.groupBy(
    result.groups.flatMap(g =>
      brokenIn(result, g).map(code => ({ code, name: `${g.workload} on ${g.target}` })),
    ),
    ({ code }) => code,
  )
  const whole = result.groups.filter(g => g.verdict !== 'skipped').length
  const parts = CAUTIONS.flatMap(([code, text]) => {
    const names = (broken.get(code) ?? []).map(({ name }) => name)
    if (names.length === 0) return []
    return names.length === whole
      ? [text]
      : [`${names.join(', ')}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`]
  })
  const unsealed = result.campaign.sealed
    ? null
    : 'The campaign is not sealed: its recordings are not yet protected against change.'
  return unsealed === null ? parts : [...parts, unsealed]
}

/** Codes of the rules that runs of a group broke, of those that leave it without rank. */
function brokenIn(result: Result, g: GroupResult): readonly FindingCode[] {
  const rules = runsOf(result, g)
    .filter(r => r.outcome === 'complete')
    .flatMap(r => r.rules.filter(o => o.state === 'broken' && o.effect === 'unranked'))
  return [...new Set(rules.flatMap(o => o.findings.map(f => f.code)))]
}
