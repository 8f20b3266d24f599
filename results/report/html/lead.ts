import type { GroupResult, Result } from '../../../harness/model/result.ts'
import { cautionTexts } from '../caution-text.ts'
import { estimateText } from '../estimate-text.ts'
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

/** Why the figures may not be ranked or used; null: nothing to say. */
export function cautions(result: Result): Markup | null {
  const all = cautionTexts(result)
  return all.length === 0 ? null : markup`<p class="caution">${all.join(' ')}</p>`
}
