import type { Result, RuleOutcome, RunResult, StretchResult } from '../../../harness/model/result.ts'
import { findingText } from '../finding-text.ts'
import { bytesText, clockText, fixed, percentText, scaleFor, significant, timeText } from '../number-text.ts'
import { costsRank, reasonText, ruleTitle, runsOf } from '../rule-text.ts'
import { type Markup, markup } from './markup.ts'
import { type WorstRule, worstRules } from './worst-rules.ts'

function energyCell(s: StretchResult): Markup {
  if (s.energy.length === 0) return markup`<span class="sub">no source</span>`
  const meters = s.energy.filter(e => e.evidence.kind !== 'model')
  return markup`${s.energy.map(e => {
    // Which of several it was; of one its kind says enough.
    const several = meters.filter(other => other.host === e.host).length > 1 && meters.includes(e)
    const name = several ? `${e.host}, ${e.evidence.source}` : e.host
    const chip = markup`<span class="chip"><b>${e.evidence.kind}</b> ${e.evidence.class}</span><span class="chip">${e.evidence.scope}</span>`
    if (e.joules === null)
      return markup`<span class="sub">${name}: absent (${e.reason ?? 'reason not known'})</span> ${chip}<br>`
    const scale = scaleFor(e.range?.[1] ?? e.joules, 'J')
    const value =
      e.range === null
        ? significant(e.joules / scale.factor, 3)
        : `${significant(e.range[0] / scale.factor, 2)} … ${significant(e.range[1] / scale.factor, 2)}`
    return markup`${name}: ${value} ${scale.unit} ${chip}<br>`
  })}`
}

function useCells(s: StretchResult): Markup {
  const lines = s.use.map(u => {
    const parts = [
      u.cpuUtilisation === null ? 'CPU absent' : `CPU ${percentText(u.cpuUtilisation)}`,
      u.memoryUsedBytes === null ? null : `memory ${bytesText(u.memoryUsedBytes)}`,
      u.diskWriteBytes === null ? null : `written ${bytesText(u.diskWriteBytes)}`,
      u.diskReadBytes === null ? null : `read ${bytesText(u.diskReadBytes)}`,
      u.netReceiveBytes === null ? null : `net in ${bytesText(u.netReceiveBytes)}`,
      u.netTransmitBytes === null ? null : `out ${bytesText(u.netTransmitBytes)}`,
    ].filter(p => p !== null)
    const services = u.services
      .filter(v => v.cpuSeconds !== null)
      .map(v => {
        const held = v.throttledSeconds ?? 0
        return `${v.id} ${significant(v.cpuSeconds ?? Number.NaN, 3)} CPU s${held > 0 ? `, held back by its limit for ${significant(held, 2)} s` : ''}`
      })
    return markup`${u.host}: ${parts.join(' · ')}${services.length > 0 ? markup`<br><span class="sub">${services.join(' · ')}</span>` : null}<br>`
  })
  return markup`${lines}`
}

/** Consumption by phase, one run a block: the counted runs of each group, the rest on request. */
export function useTable(result: Result): Markup {
  const first = new Set(result.groups.map(g => runsOf(result, g).find(r => r.outcome === 'complete')?.id))
  const counted = new Set(result.groups.flatMap(g => g.counted))
  const blocks = result.runs
    .filter(r => r.outcome === 'complete')
    .map(
      r => markup`<details${first.has(r.id) ? { html: ' open' } : ''}><summary>${r.workload} on ${r.target}, run ${r.repetition}${r.attempt > 1 ? `, attempt ${r.attempt}` : ''}${counted.has(r.id) ? null : markup` <span class="bad">✕ ${r.verdicts.measurement}: does not count</span>`}</summary>
<div class="scroll"><table class="small"><thead><tr><th>Phase</th><th class="n">Length</th><th>Energy</th><th>Use</th><th>Work</th></tr></thead><tbody>${r.stretches.map(
        s => markup`<tr><td>${s.phase.name}${s.phase.name === 'window' && s.phase.index > 0 ? ` ${s.phase.index + 1}` : ''}</td><td class="n">${clockText(s.seconds)}</td>
<td>${energyCell(s)}</td><td>${useCells(s)}</td><td>${workText(s)}</td></tr>`,
      )}</tbody></table></div></details>`,
    )
  return markup`<h2 id="use">What was used, phase by phase</h2><p>Energy of every source that was there, with its kind and class; CPU, memory and I/O of every machine and service.</p>${blocks}`
}

function workText(s: StretchResult): string {
  if (s.work === null) return '–'
  const latency =
    s.work.latency === null
      ? ''
      : `, p50 ${significant(s.work.latency.p50 / 1000, 2)} ms, p95 ${significant(s.work.latency.p95 / 1000, 2)} ms`
  return `${countedText(s.work.units)} done, ${countedText(s.work.failed)} failed${latency}`
}

/** What is counted has no decimals; what is a share of a unit (a GiB, a host-hour) has. */
const countedText = (n: number): string => (Number.isInteger(n) ? fixed(n, 0) : significant(n, 4))

const reasons = (r: RunResult): string => [...new Set(r.rules.filter(costsRank).map(reasonText))].join('; ')

/** Every run that was started, in order: aborted and repeated ones too. */
export function runsTable(result: Result): Markup {
  const rows = result.runs.map(r => {
    const start = r.stretches[0]?.phase.start
    const css =
      r.verdicts.measurement === 'valid' ? 'ok' : r.verdicts.measurement === 'invalid' ? 'bad' : 'warn'
    const verdict = r.outcome === 'complete' ? r.verdicts.measurement : r.outcome
    return markup`<tr><td class="n">${r.number}</td><td>${r.workload}</td><td>${r.target}</td><td class="n">${r.repetition}${r.attempt > 1 ? `, attempt ${r.attempt}` : ''}</td>
<td>${start === undefined ? '–' : timeText(start, result.campaign.zone)}</td><td class="${r.outcome === 'complete' ? css : 'warn'}">${verdict}</td><td>${r.outcome === 'skipped' ? r.findings.map(findingText).join('; ') : reasons(r)}</td><td>${r.verdicts.cleanup}</td></tr>`
  })
  return markup`<h2 id="runs">All runs</h2><p>Every run that was started, in the order drawn from seed ${result.campaign.seed}. Nothing is left out.</p>
<div class="scroll"><table class="small"><thead><tr><th class="n">No.</th><th>Workload</th><th>Target</th><th class="n">Repetition</th><th>Began</th><th>Measurement</th><th>Why</th><th>Clean-up</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

const valueText = (o: RuleOutcome, value: RuleOutcome['value']): string => {
  if (value === null) return '–'
  if (typeof value === 'string') return value
  if (o.unit.startsWith('share') || o.unit === 'ratio') return percentText(value)
  return `${value === 0 ? '0' : significant(value, 3)}${o.unit === '' || o.unit === '1' ? '' : ` ${o.unit}`}`
}

function signOf({ state, effect }: WorstRule): { readonly css: string; readonly mark: string } {
  if (state === 'held') return { css: 'ok', mark: '✓' }
  if (state === 'not-applicable') return { css: 'sub', mark: '–' }
  if (state === 'not-known') return { css: 'warn', mark: '?' }
  return effect === 'invalid' ? { css: 'bad', mark: '✕' } : { css: 'warn', mark: '!' }
}

/** Outcomes in all runs, e.g. `unranked in 2 of 6 runs, not known in 1`. */
function outcomeText({ effect, counts }: WorstRule): string {
  const runs = (n: number): string => `${n} run${n === 1 ? '' : 's'}`
  const all = counts.held + counts.broken + counts['not-known'] + counts['not-applicable']
  const parts = [
    counts.broken > 0 ? `${effect === 'note' ? 'noted' : effect} in ${counts.broken} of ${runs(all)}` : null,
    counts['not-known'] > 0 ? `not known in ${counts['not-known']} of ${runs(all)}` : null,
    counts.held > 0 ? `held in ${runs(counts.held)}` : null,
    counts['not-applicable'] > 0 ? `does not apply in ${runs(counts['not-applicable'])}` : null,
  ]
  return parts.filter(part => part !== null).join(', ')
}

/** The rules that were looked at, broken ones first, with the worst value and the limit. */
export function rulesTable(result: Result): Markup {
  const rows = worstRules(result.runs.filter(r => r.outcome !== 'skipped')).map(o => {
    const { css, mark } = signOf(o)
    return markup`<tr><td class="mark ${css}">${mark}</td><td>${ruleTitle(o.rule)}<br><span class="sub">${o.rule}</span></td>
<td class="n">${valueText(o, o.value)}</td><td class="n">${valueText(o, o.limit)}</td><td>${outcomeText(o)}</td></tr>`
  })
  return markup`<h2 id="rules">Rules</h2><p>Each rule with the worst value that was seen and its limit. A broken rule makes a run invalid or leaves it without rank; one that can’t be told leaves it without rank.</p>
<div class="scroll"><table class="small"><thead><tr><th></th><th>Rule</th><th class="n">Worst value</th><th class="n">Limit</th><th>Outcome</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** All findings, equal ones once with their number of runs. */
export function findingsList(result: Result): Markup {
  const seen = new Map<string, Set<string>>()
  for (const r of result.runs) {
    for (const f of r.findings) {
      const text = `${r.target} · ${findingText(f)}`
      seen.set(text, (seen.get(text) ?? new Set()).add(r.id))
    }
  }
  const items = [...seen].map(
    ([text, runs]) =>
      markup`<li>${text} <span class="sub">(${runs.size === 1 ? [...runs].join('') : `${runs.size} runs`})</span></li>`,
  )
  return markup`<h2 id="findings">Findings</h2><p>What is worth knowing about the runs, with the figures that made it.</p>
<div class="panel">${items.length === 0 ? markup`None.` : markup`<ul class="findings">${items}</ul>`}</div>`
}

export function machinesTable(result: Result): Markup {
  const rows = result.machines.map(
    m =>
      markup`<tr><td>${m.target}</td><td>${m.host}</td><td>${m.roles.join(', ')}</td><td class="n">${m.machine}</td><td>${m.cpu}<br><span class="sub">${m.threads} threads, ${bytesText(m.memoryBytes)}, ${m.virtualization === 'none' ? 'bare metal' : m.virtualization}, governor ${m.governor ?? 'not readable'}</span></td><td>${m.os}<br><span class="sub">Linux ${m.kernel}</span></td></tr>`,
  )
  const tools = [
    ...new Set(result.runs.flatMap(r => r.tools.map(t => `${t.name} ${t.version} (${r.target} ${t.host})`))),
  ]
  return markup`<h2 id="machines">Machines and tools</h2><p>Hosts with the same machine number share one kernel and are counted once.</p>
<div class="scroll"><table class="small"><thead><tr><th>Target</th><th>Host</th><th>Roles</th><th class="n">Machine</th><th>CPU</th><th>System</th></tr></thead><tbody>${rows}</tbody></table></div>
<p class="sub">${tools.join(' · ')}</p>`
}
