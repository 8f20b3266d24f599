import type { Result } from '../../../harness/model/result.ts'
import { CROSS_CHECK_HEAD, CROSS_CHECK_LEAD, crossCheckRows } from '../cross-check-text.ts'
import { type Markup, markup } from './markup.ts'

/** Meters beside the one that counts; null: no run has several. */
export function metersTable(result: Result): Markup | null {
  const rows = crossCheckRows(result)
  if (rows.length === 0) return null
  return markup`<h2 id="meters">Meters beside one another</h2><p>${CROSS_CHECK_LEAD}</p>
<div class="scroll"><table class="small"><thead><tr>${CROSS_CHECK_HEAD.map(h => markup`<th>${h}</th>`)}</tr></thead><tbody>${rows.map(cells => markup`<tr>${cells.map(c => markup`<td>${c}</td>`)}</tr>`)}</tbody></table></div>`
}
