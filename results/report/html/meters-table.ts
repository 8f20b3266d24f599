import type { Result } from '../../../harness/model/result.ts'
import { CROSS_CHECK_HEAD, CROSS_CHECK_LEAD, crossCheckRows } from '../cross-check-text.ts'
import { METERS_HEAD, METERS_LEAD, meterRows } from '../meters-text.ts'
import { type Markup, markup } from './markup.ts'

/** How meters were read; null: none was asked over a network. */
export function metersTable(result: Result): Markup | null {
  const rows = meterRows(result)
  return rows.length === 0
    ? null
    : markup`<h2 id="meters">Meters</h2><p>${METERS_LEAD}</p>${table(METERS_HEAD, rows)}`
}

/** Meters beside the one that counts; null: no run has several. */
export function crossChecksTable(result: Result, charts: Markup): Markup | null {
  const rows = crossCheckRows(result)
  return rows.length === 0
    ? null
    : markup`<h2 id="agreement">Meters beside one another</h2><p>${CROSS_CHECK_LEAD}</p>${table(CROSS_CHECK_HEAD, rows)}<div style="margin-top:18px">${charts}</div>`
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): Markup =>
  markup`<div class="scroll"><table class="small"><thead><tr>${head.map(h => markup`<th>${h}</th>`)}</tr></thead><tbody>${rows.map(cells => markup`<tr>${cells.map(c => markup`<td>${c}</td>`)}</tr>`)}</tbody></table></div>`
