import type { FindingCode } from '../../../harness/model/finding.ts'
import type { GroupResult, Result } from '../../../harness/model/result.ts'
import { estimateText } from '../estimate-text.ts'
import { runsOf } from '../rule-text.ts'
import { type Markup, markup } from './markup.ts'

const VERDICT: Readonly<
  Record<GroupResult['verdict'], { readonly word: string; readonly css: string; readonly mark: string }>
> = {
  valid: { word: 'valid, ranked', css: 'ok', mark: '●' },
  unranked: { word: 'valid, unranked', css: 'warn', mark: '◐' },
  invalid: { word: 'invalid', css: 'bad', mark: '✕' },
  skipped: { word: 'skipped', css: 'warn', mark: '○' },
}

/** A verdict as a word with a sign and a colour: none of the three stands alone. */
export const verdictText = (verdict: GroupResult['verdict']): Markup => {
  const v = VERDICT[verdict]
  return markup`<span class="${v.css}">${v.mark} ${v.word}</span>`
}

/** The campaign's verdict is its weakest group's; skipped ones count only when nothing else is there. */
export function overall(result: Result): GroupResult['verdict'] {
  const verdicts = result.groups.map(g => g.verdict).filter(v => v !== 'skipped')
  if (verdicts.length === 0) return 'skipped'
  if (verdicts.includes('invalid')) return 'invalid'
  return verdicts.includes('unranked') ? 'unranked' : 'valid'
}

/** The answer, one sentence a group: what, where, how much, how sure. */
export function leadSentence(g: GroupResult): Markup {
  const e = estimateText(g.energyPerUnit, 'J')
  if (g.verdict === 'skipped') return markup`<b>${g.workload}</b> on <b>${g.target}</b> was skipped.`
  if (e.unit === '') return markup`<b>${g.workload}</b> on <b>${g.target}</b> has no figure of energy.`
  const verb = g.energyPerUnit.ranges === null ? 'took' : 'took, by the model, between'
  const how = g.evidence === null ? '' : `${g.evidence.kind} ${g.evidence.class}`
  const main = g.energyPerUnit.ranges === null ? e.main : e.main.replace(/(?<=\d)–| … /, ' and ')
  return markup`On <b>${g.target}</b> one ${g.functionalUnit} of <b>${g.workload}</b> ${verb} <b>${main} ${e.unit}</b> <span class="sub">(${e.sure}; ${how})</span>.`
}

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

/** Why the figures may not be ranked or used, in the reader's words; null: nothing to say. */
export function cautions(result: Result): Markup | null {
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
  const all = unsealed === null ? parts : [...parts, unsealed]
  return all.length === 0 ? null : markup`<p class="caution">${all.join(' ')}</p>`
}

/** Codes of the rules that runs of a group broke, of those that leave it without rank. */
function brokenIn(result: Result, g: GroupResult): readonly FindingCode[] {
  const rules = runsOf(result, g)
    .filter(r => r.outcome === 'complete')
    .flatMap(r => r.rules.filter(o => o.state === 'broken' && o.effect === 'unranked'))
  return [...new Set(rules.flatMap(o => o.findings.map(f => f.code)))]
}
