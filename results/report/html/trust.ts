import type { UncertaintyParts } from '../../../harness/model/evidence.ts'
import type { EnergyFigure, GroupResult, HostUse, Result } from '../../../harness/model/result.ts'
import { bytesText, percentText, significant, timeText } from '../number-text.ts'
import { type Markup, markup } from './markup.ts'

type Sign = 'ok' | 'warn' | 'bad'
const SIGNS: Readonly<Record<Sign, string>> = { ok: '✓', warn: '!', bad: '✕' }

const row = (sign: Sign, name: string, text: string): Markup =>
  markup`<tr><td class="mark ${sign}" aria-label="${sign === 'ok' ? 'good' : sign === 'warn' ? 'caution' : 'bad'}">${SIGNS[sign]}</td><td>${name}</td><td>${text}</td></tr>`

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

function measured(result: Result): Markup {
  const complete = result.runs.filter(r => r.outcome === 'complete')
  const of = (v: string): number => complete.filter(r => r.verdicts.measurement === v).length
  const aborted = result.runs.filter(r => r.outcome === 'aborted').length
  const skipped = result.runs.filter(r => r.outcome === 'skipped').length
  const parts = [
    of('valid') > 0 ? `${of('valid')} valid` : null,
    of('unranked') > 0 ? `${of('unranked')} valid but unranked` : null,
    of('invalid') > 0 ? `${of('invalid')} invalid` : null,
    aborted > 0 ? `${aborted} aborted` : null,
    skipped > 0 ? `${skipped} skipped` : null,
  ].filter(p => p !== null)
  const sign = of('invalid') + aborted > 0 ? 'bad' : of('unranked') + skipped > 0 ? 'warn' : 'ok'
  return row(
    sign,
    'Measurement',
    `${count(result.runs.length, 'run')} of ${result.campaign.planned} planned: ${parts.join(', ') || 'none complete'}`,
  )
}

/** Shares of different units of work are never added up: the worst group speaks. */
function work(result: Result): Markup {
  const bad = result.runs.filter(r => r.verdicts.workload === 'failed').length
  const shares = result.groups.flatMap(g => {
    const windows = result.runs
      .filter(r => r.target === g.target && r.workload === g.workload)
      .flatMap(r => r.stretches)
      .flatMap(s => (s.work === null ? [] : [s.work]))
    const asked = windows.reduce((sum, w) => sum + w.units + w.failed, 0)
    const failed = windows.reduce((sum, w) => sum + w.failed, 0)
    return asked === 0 ? [] : [{ name: `${g.workload} on ${g.target}`, share: failed / asked }]
  })
  const [worst] = shares.sort((x, y) => y.share - x.share)
  if (worst === undefined) return row('warn', 'Work', 'no work was recorded')
  const said =
    worst.share === 0 ? 'nothing failed' : `at most ${percentText(worst.share)} failed, ${worst.name}`
  return row(
    bad > 0 ? 'bad' : 'ok',
    'Work',
    `${bad > 0 ? `failed in ${count(bad, 'run')}` : 'passed'} · ${said} (limit 0.1 %)`,
  )
}

function cleanup(result: Result): Markup {
  const c = result.cleanup
  const when =
    c.checkedAt === null ? 'not checked yet' : `checked ${timeText(c.checkedAt, result.campaign.zone)}`
  if (c.left.length > 0)
    return row('bad', 'Clean-up', `${c.made} made, ${c.left.length} left behind: ${c.left.join(', ')}`)
  return row(c.made === c.gone ? 'ok' : 'warn', 'Clean-up', `${c.made} things made, ${c.gone} gone, ${when}`)
}

interface Shares {
  /** Largest that is known; null: none is. */
  readonly worst: number | null
  /** How many are not known. */
  readonly unknown: number
}

function sharesOf(result: Result, phases: readonly string[], of: (use: HostUse) => number | null): Shares {
  const all = result.runs
    .flatMap(r => r.stretches.filter(s => phases.includes(s.phase.name)))
    .flatMap(s => s.use.map(of))
  const known = all.filter(share => share !== null)
  return { worst: known.length === 0 ? null : Math.max(...known), unknown: all.length - known.length }
}

const shareText = ({ worst, unknown }: Shares, where: string): string =>
  worst === null
    ? `not known in ${where}`
    : `at most ${percentText(worst)} in ${where}${unknown > 0 ? `, not known in ${unknown}` : ''}`

const withinLimit = ({ worst, unknown }: Shares, limit: number): boolean =>
  worst !== null && worst <= limit && unknown === 0

function steal(result: Result): Markup {
  const shares = sharesOf(result, ['window'], u => u.stealShare)
  return row(
    withinLimit(shares, 0.02) ? 'ok' : 'warn',
    'Steal time',
    `${shareText(shares, 'a window')} (limit 2 %)`,
  )
}

/** What the machines did beside the workload. */
function foreign(result: Result): Markup {
  const windows = sharesOf(result, ['window'], u => u.foreignShare)
  const quiet = sharesOf(result, ['baseline', 'idle'], u => u.foreignShare)
  return row(
    [windows, quiet].every(shares => withinLimit(shares, 0.05)) ? 'ok' : 'warn',
    'Somebody else’s work',
    `${shareText(windows, 'a window')}, ${shareText(quiet, 'baseline or idle')} of the machine’s CPU time (limit 5 %)`,
  )
}

function footprint(result: Result): Markup {
  const all = result.runs.flatMap(r => r.footprint)
  const shares = all.flatMap(f => (f.cpuShare === null ? [] : [f.cpuShare]))
  const late = all.flatMap(f =>
    f.latenessP50Micros === null || f.latenessP99Micros === null
      ? []
      : [{ p50: f.latenessP50Micros, p99: f.latenessP99Micros }],
  )
  const missed = all.reduce((sum, f) => sum + f.missed, 0)
  const readings = all.reduce((sum, f) => sum + f.readings, 0)
  const bytes = all.reduce((sum, f) => sum + f.bytes, 0)
  if (readings === 0) return row('warn', 'Our own footprint', 'not known')
  const cost =
    shares.length === 0 ? 'CPU time not known' : `at most ${percentText(Math.max(...shares))} of one core`
  const ms = (of: (l: (typeof late)[number]) => number): string =>
    significant(Math.max(...late.map(of)) / 1000, 2)
  const lag =
    late.length === 0 ? '' : ` · late by at most ${ms(l => l.p50)} ms (p50), ${ms(l => l.p99)} ms (p99)`
  return row(
    missed > 0 ? 'warn' : 'ok',
    'Our own footprint',
    `${cost}, ${bytesText(bytes)}, ${readings} readings, ${missed} missed${lag}`,
  )
}

/**
 * Energy of a load generator's own machine in the windows of the first counted run, with its evidence; the boundary leaves it out. Of its
 * best source and of every window, or not at all.
 */
function outsideText(result: Result, g: GroupResult): string {
  const unknown = 'outside, its energy is not known'
  if (g.loadgen.joulesOutside === null) return unknown
  const hosts = result.machines
    .filter(m => m.target === g.target && m.roles.includes('loadgen') && !m.roles.includes('sut'))
    .map(m => m.host)
  const windows = (result.runs.find(r => r.id === g.counted[0])?.stretches ?? [])
    .filter(s => s.phase.name === 'window')
    .map(s => s.energy.find(e => hosts.includes(e.host)))
  const [first] = windows
  const figures = windows.filter(
    e => e !== undefined && e.joules !== null && e.evidence.source === first?.evidence.source,
  ) as readonly EnergyFigure[]
  if (first === undefined || figures.length < windows.length) return unknown
  const sum = (of: (e: EnergyFigure) => number): string =>
    significant(
      figures.reduce((t, e) => t + of(e), 0),
      3,
    )
  const joules =
    first.range === null
      ? sum(e => e.joules ?? Number.NaN)
      : `${sum(e => e.range?.[0] ?? Number.NaN)} … ${sum(e => e.range?.[1] ?? Number.NaN)}`
  return `outside: ${joules} J in the first run, ${first.evidence.kind} ${first.evidence.class}, ${first.evidence.scope}`
}

function loadgen(result: Result): Markup | null {
  const groups = result.groups.filter(g => g.loadgen.cpuShare !== null)
  if (groups.length === 0) return null
  const text = groups
    .map(g => {
      const share = percentText(g.loadgen.cpuShare ?? Number.NaN)
      return `${g.workload} on ${g.target} ${share}, ${g.loadgen.shared ? 'included' : outsideText(result, g)}`
    })
    .join(' · ')
  return row(
    groups.some(g => g.loadgen.shared) ? 'warn' : 'ok',
    'Load generator',
    `share of its machine’s CPU: ${text}`,
  )
}

const PARTS = [
  'repetition',
  'instrument',
  'model',
  'attribution',
  'clock',
] as const satisfies readonly (keyof UncertaintyParts)[]

function uncertaintyOf(g: GroupResult): Markup | null {
  const parts = g.energyPerUnit.parts
  const known = PARTS.flatMap(name => {
    const u = parts[name]
    return u === null ? [] : [{ name, u }]
  })
  const unknown = PARTS.filter(name => parts[name] === null)
  const variance = known.reduce((sum, p) => sum + p.u * p.u, 0)
  if (g.energyPerUnit.n === 0) return null
  const bar =
    variance > 0
      ? markup`<div class="bar" role="img" aria-label="${known.map(p => `${p.name} ${Math.round((100 * p.u * p.u) / variance)} %`).join(', ')}">${known
          .filter(p => p.u > 0)
          .map(
            p =>
              markup`<span class="k-${p.name}" style="width:${((100 * p.u * p.u) / variance).toFixed(2)}%"></span>`,
          )}</div>`
      : null
  const words = known
    .filter(p => p.u > 0 && variance > 0)
    .map(p => `${p.name} ${Math.round((100 * p.u * p.u) / variance)} %`)
  return markup`<p class="sub" style="margin:8px 0 2px">${g.workload} on ${g.target}: ${words.join(', ') || 'nothing can be said yet'}${unknown.length > 0 ? markup`; not known: ${unknown.join(', ')}` : null}</p>${bar}`
}

/** "Can it be trusted?": what was checked, and what the uncertainty is made of. */
export function trust(result: Result): Markup {
  const checks = [
    measured(result),
    work(result),
    cleanup(result),
    loadgen(result),
    steal(result),
    foreign(result),
    footprint(result),
  ]
  const sealed = result.campaign.sealed
    ? row('ok', 'Recordings', 'sealed, every file hashed')
    : row('warn', 'Recordings', 'not sealed')
  return markup`<h2 id="trust">Can it be trusted?</h2>
<p>Every figure can be made again from the recordings: <code>joulemark verify campaigns/${result.campaign.id}</code></p>
<div class="grid"><div class="panel"><table class="plain"><tbody>${checks}${sealed}</tbody></table></div>
<div class="panel"><h3>What the uncertainty is made of</h3>${result.groups.map(uncertaintyOf)}
<ul class="key">${PARTS.map(name => markup`<li><i class="k-${name}"></i>${name}</li>`)}</ul>
<p class="sub">Shares of the variance of energy per unit. The instrument’s and the model’s parts do not shrink with more runs.</p></div></div>`
}
