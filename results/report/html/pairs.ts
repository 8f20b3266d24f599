import type { Result } from '../../../harness/model/result.ts'
import { differenceTexts, pairRatioText, targetPairs } from '../target-pairs.ts'
import { type Markup, markup } from './markup.ts'

/** Targets of one campaign side by side, with the verdict or what keeps them from one. null: there are no two. */
export function pairsTable(result: Result): Markup | null {
  const pairs = targetPairs(result)
  if (pairs.length === 0) return null
  const rows = pairs.map(pair => {
    const differences = differenceTexts(pair.boundaryDifferences)
    const programs = differenceTexts(pair.programDifferences)
    return markup`<tr><td><b>${pair.workload}</b></td><td>${pair.a.target}</td><td>${pair.b.target}</td>
<td><b>${pair.words}</b></td><td>${pairRatioText(pair)}${differences.length === 0 ? null : markup`<span class="sub">the boundary differs in ${differences.join('; ')}</span>`}${programs.length === 0 ? null : markup`<span class="sub">programs differ: ${programs.join('; ')}</span>`}</td></tr>`
  })
  return markup`<h2 id="targets">Targets side by side</h2>
<p>Equal work may stand side by side; only with equal evidence and boundary, at least six runs and nothing unranked is there a verdict. A is the first target, B the other. Intervals are not adjusted for the number of comparisons.</p>
<div class="scroll"><table class="small"><thead><tr><th>Workload</th><th>A</th><th>B</th><th>Verdict</th><th>B beside A</th></tr></thead><tbody>${rows}</tbody></table></div>`
}
