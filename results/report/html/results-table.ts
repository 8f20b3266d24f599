import type { Estimate, GroupResult, Result } from '../../../harness/model/result.ts'
import { estimateLine, estimateText, pointOf, spanOf } from '../estimate-text.ts'
import { bytesText, significant } from '../number-text.ts'
import { groupReasons } from '../rule-text.ts'
import { verdictText } from './lead.ts'
import { type Markup, markup } from './markup.ts'

/** Where an estimate lies on an axis from 0 (or below) to a little past the widest of its row. */
function intervalBar(e: Estimate, axis: readonly [number, number]): Markup {
  const span = spanOf(e)
  if (span === null) return markup``
  const at = (v: number): string => ((100 * (v - axis[0])) / (axis[1] - axis[0])).toFixed(2)
  const width = ((100 * (span[1] - span[0])) / (axis[1] - axis[0])).toFixed(2)
  const point = pointOf(e)
  return markup`<div class="iv${e.ranges === null ? '' : ' range'}" aria-hidden="true"><i style="left:${at(span[0])}%;width:${width}%"></i>${point === null ? null : markup`<u style="left:${at(point)}%"></u>`}</div>`
}

function axisOf(groups: readonly GroupResult[]): readonly [number, number] {
  const ends = groups.flatMap(g => spanOf(g.energyPerUnit) ?? [])
  const high = Math.max(...ends, 0)
  const low = Math.min(...ends, 0)
  return high === low ? [0, 1] : [low, high + (high - low) * 0.12]
}

function paramText(g: GroupResult): string {
  return Object.entries(g.params)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ')
}

function cell(g: GroupResult, axis: readonly [number, number]): Markup {
  const e = estimateText(g.energyPerUnit, 'J', g.functionalUnit)
  const reasons = g.notCounted.map(r => r.reason)
  if (e.unit === '') {
    return markup`<b>${g.verdict === 'skipped' ? 'skipped' : 'no figure'}</b><br><span class="sub">${reasons.length > 0 ? reasons.join('; ') : 'see the findings'}</span>`
  }
  return markup`<span class="big">${e.main}</span> <span class="unit">${e.unit}</span>${intervalBar(g.energyPerUnit, axis)}<span class="sub">${e.sure}</span><br>
<span class="sub">above baseline: ${estimateLine(g.energyPerUnitAboveBaseline, 'J', g.functionalUnit)}</span><br>
${g.evidence === null ? null : markup`<span class="chip"><b>${g.evidence.kind}</b> ${g.evidence.class}</span><span class="chip">${g.evidence.scope}</span>`}
${g.loadgen.shared ? markup`<span class="chip">load generator included</span>` : null}`
}

/** Means or the observation, without saying n again: the energy beside it has the same runs. */
const short = (e: Estimate, factor: number, digits: number): string =>
  significant((e.mean ?? e.values[0] ?? Number.NaN) * factor, digits)

function useCell(g: GroupResult): Markup {
  const lines = [
    g.power.n > 0 ? `power ${powerText(g.power)}` : null,
    g.baselinePower.n > 0 ? `baseline ${powerText(g.baselinePower)}` : null,
    g.rate.n > 0 && g.workloadId !== 'idle' ? rateText(g) : null,
    g.cpuUtilisation.n > 0 ? `CPU ${short(g.cpuUtilisation, 100, 2)} %` : null,
    g.latencyP95.n > 0 ? `latency p95 ${short(g.latencyP95, 1e-3, 2)} ms` : null,
  ].filter(line => line !== null)
  return markup`<span class="sub">${lines.length === 0 ? '–' : lines.map(line => markup`${line}<br>`)}</span>`
}

function powerText(e: Estimate): string {
  const t = estimateText(e, 'W')
  return `${t.main} ${t.unit}`
}

const rateText = (g: GroupResult): string =>
  g.functionalUnit === 'GiB'
    ? `${bytesText((g.rate.mean ?? g.rate.values[0] ?? Number.NaN) * 2 ** 30)}/s`
    : `${short(g.rate, 1, 3)} ${g.functionalUnit}s/s`

function reasonsOf(result: Result, g: GroupResult): Markup | null {
  const reasons = groupReasons(result, g)
  return reasons.length === 0 ? null : markup`<br><span class="sub">${reasons.join(' · ')}</span>`
}

function countText({ counted, notCounted }: GroupResult): string {
  const all = counted.length + notCounted.length
  if (counted.length === all) return all === 1 ? 'one run' : `all ${all} runs count`
  return `${counted.length} of ${all} runs count`
}

/** The figures: one row per workload and target, so that it reads on a phone and for any number of targets. */
export function resultsTable(result: Result): Markup {
  const keys = [...new Set(result.groups.map(g => g.workload))]
  const rows = keys.flatMap(key => {
    const groups = result.groups.filter(g => g.workload === key)
    const axis = axisOf(groups)
    return groups.map(
      g => markup`<tr><td><b>${g.workload}</b> <span class="unit">v${g.version}</span><br><span class="sub">${paramText(g)}</span></td>
<td data-label="target">${g.target}</td><td data-label="energy per ${g.functionalUnit}">${cell(g, axis)}</td><td data-label="power and use">${useCell(g)}</td>
<td data-label="verdict">${verdictText(g.verdict)}<br><span class="sub">${countText(g)}</span>${reasonsOf(result, g)}</td></tr>`,
    )
  })
  return markup`<table class="res"><thead><tr><th style="width:18%">Workload</th><th style="width:11%">Target</th><th style="width:36%">Energy per unit</th><th>Power and use</th><th style="width:18%">Verdict</th></tr></thead><tbody>${rows}</tbody></table>`
}
