import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import type { Result } from '../../harness/model/result.ts'
import { agreementCharts, runCharts } from './charts/all-charts.ts'
import { type ChartSpec, DARK, LIGHT } from './charts/chart-spec.ts'
import { energyPerUnit } from './charts/energy-per-unit.ts'
import { workAgainstPower } from './charts/work-against-power.ts'
import { clusterTables } from './html/cluster-tables.ts'
import { cautions, leadSentence, overall, verdictText } from './html/lead.ts'
import { jsonScript, type Markup, markup } from './html/markup.ts'
import { crossChecksTable, metersTable } from './html/meters-table.ts'
import { pairsTable } from './html/pairs.ts'
import { resultsTable } from './html/results-table.ts'
import { findingsList, machinesTable, rulesTable, runsTable, useTable } from './html/run-tables.ts'
import { trust } from './html/trust.ts'
import { KINDS_AND_CLASSES, toolText } from './legend.ts'
import { timeText } from './number-text.ts'
import type { ReportFormat } from './report-format.ts'

const asset = async (name: string): Promise<string> =>
  readFile(new URL(`./html/${name}`, import.meta.url), 'utf8')

/** chart.js as one classic script, as its package ships it; inlined so that the page needs no network. */
async function chartScript(): Promise<string> {
  const main = createRequire(import.meta.url).resolve('chart.js')
  const text = await readFile(path.join(path.dirname(main), 'chart.umd.min.js'), 'utf8')
  return text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
}

function chart(spec: ChartSpec): Markup {
  const [header = [], ...rows] = spec.table
  return markup`<figure class="panel" style="margin:0 0 18px"><figcaption><h3>${spec.title}</h3></figcaption>
<div class="chart" style="height:${spec.height}px"><canvas data-spec="spec-${spec.id}" role="img" aria-label="${spec.alternative}"></canvas></div>${jsonScript(`spec-${spec.id}`, spec.config)}
<details><summary>The data as a table</summary><div class="scroll"><table class="small"><thead><tr>${header.map(h => markup`<th>${h}</th>`)}</tr></thead><tbody>${rows.map(r => markup`<tr>${r.map(c => markup`<td>${c}</td>`)}</tr>`)}</tbody></table></div></details></figure>`
}

function section(id: string, title: string, lead: string, charts: readonly ChartSpec[]): Markup | null {
  return charts.length === 0 ? null : markup`<h2 id="${id}">${title}</h2><p>${lead}</p>${charts.map(chart)}`
}

function head(result: Result): Markup {
  const c = result.campaign
  const when = c.startedAt === null ? '' : ` · ${timeText(c.startedAt, c.zone)}`
  return markup`<header><h1>${c.title}</h1><span class="meta">campaign <b>${c.id}</b>${when} · ${toolText(result)}</span><span class="verdict">${verdictText(overall(result))}</span></header>`
}

/** Anywhere in it, also beside what counts. */
const synthetic = (result: Result): boolean =>
  result.groups.some(g => g.evidence?.kind === 'synthetic') ||
  result.runs.some(r => r.stretches.some(s => s.energy.some(e => e.evidence.kind === 'synthetic')))

async function page(result: Result): Promise<string> {
  const [css, script, chartJs] = await Promise.all([asset('page.css'), asset('page.js'), chartScript()])
  const body = markup`<a class="skip" href="#trust">Skip to whether it can be trusted</a><main>
${head(result)}
${synthetic(result) ? markup`<p class="watermark">SYNTHETIC SOURCE: these are not measurements and must not be published</p>` : null}
${result.groups.map(g => markup`<p class="lead">${leadSentence(g)}</p>`)}
${cautions(result)}
${resultsTable(result)}
${pairsTable(result)}
${trust(result)}
${section('energy', 'Energy per unit', 'One picture per functional unit. Bars show what is known, points are runs; a range is shown as a range.', energyPerUnit(result))}
${section('time', 'One run over time', 'The first counted run of each workload and target. Baseline, idle and window are shaded; the window is what counts.', runCharts(result))}
${section('load', 'Work against power', 'How much work was done a second, and at what power.', workAgainstPower(result))}
${useTable(result)}
${metersTable(result)}
${crossChecksTable(result, markup`${agreementCharts(result).map(chart)}`)}
${clusterTables(result)}
${rulesTable(result)}
${runsTable(result)}
${findingsList(result)}
${machinesTable(result)}
<footer>${toolText(result)} · plan ${result.campaign.planDigest.slice(0, 16)} · profile ${result.campaign.profile} · seed ${result.campaign.seed} · times are UTC${result.campaign.zone === 'UTC' ? '' : `, and ${result.campaign.zone}`}.<br>
${KINDS_AND_CLASSES}</footer>
</main>`
  const title = markup`<title>${result.campaign.title} · Joulemark</title>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
${title.html}
<style>
${css}</style></head><body>
${body.html}
${jsonScript('palettes', { light: LIGHT, dark: DARK }).html}
<script>${chartJs}</script>
<script>
${script}</script>
</body></html>
`
}

export const html: ReportFormat = {
  id: 'html',
  title: 'one page that works without network, dark and light, on paper too',
  render: async result => [{ path: 'index.html', content: await page(result) }],
}
