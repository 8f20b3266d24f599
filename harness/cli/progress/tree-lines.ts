import { findingText } from '../../../results/report/finding-text.ts'
import { clockText, fixed } from '../../../results/report/number-text.ts'
import type { Plan } from '../../model/plan.ts'
import { cleanLine } from '../clean-text.ts'
import { spanText } from '../span-text.ts'
import { width } from '../text-table.ts'
import { type PhaseView, type ProgressState, runLabel } from './progress-state.ts'

export type SpanStyle = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'active'

export interface Span {
  readonly style: SpanStyle
  readonly text: string
}
export type Line = readonly Span[]

const BAR = 15
/** Column at which the second part of a top line begins. */
const ASIDE = 19

const span = (text: string, style: SpanStyle = 'plain'): Span => ({ style, text: cleanLine(text) })

/**
 * The tree of a campaign under way, one line an entry, none longer than `columns`. Drawn from the plan's clock: `now` (ms) says how far a
 * phase is, no host is asked.
 */
export function treeLines(
  state: ProgressState,
  plan: Plan,
  o: { readonly now: number; readonly columns: number },
): readonly Line[] {
  const lines = [
    header(state, o.now),
    planLine(plan),
    ...endedLine(state),
    ...runLines(state, o),
    ...findingLine(state),
    ...pointsLine(state),
    ...stopLine(state),
  ]
  return lines.map(line => cut(line, o.columns))
}

function header(state: ProgressState, now: number): Line {
  const { campaign, run, left } = state
  const where = run === null ? '' : `   run ${run.start.number} of ${run.start.of}`
  const rest =
    left === null ? '' : `   about ${spanText(Math.max(0, left.seconds - (now - left.since) / 1000))} left`
  return [span(campaign?.id ?? 'starting', 'bold'), span(where), span(rest, 'dim')]
}

const aside = (sign: Span, title: string, text: string): Line => [
  span('  '),
  sign,
  span(` ${title.padEnd(ASIDE)} `),
  span(text, 'dim'),
]

const planLine = (plan: Plan): Line =>
  aside(
    span('✔', 'good'),
    'plan',
    `${plan.runs.length} ${plan.runs.length === 1 ? 'run' : 'runs'}, ${plan.protocol.order === 'random' ? `seed ${plan.protocol.seed}, ` : ''}order in plan.json`,
  )

function endedLine({ ended }: ProgressState): readonly Line[] {
  if (ended.length === 0) return []
  const words = ended.map(end => (end.outcome === 'complete' ? (end.verdict ?? 'complete') : end.outcome))
  const counts = [...new Set(words)].map(word => `${words.filter(other => other === word).length} ${word}`)
  const bad = words.some(word => word === 'invalid' || word === 'aborted')
  return [aside(bad ? span('✖', 'bad') : span('✔', 'good'), `${ended.length} done`, counts.join(', '))]
}

function runLines(
  { run, removed }: ProgressState,
  o: { readonly now: number; readonly columns: number },
): readonly Line[] {
  if (run === null) return []
  const head: Line = [span('  '), span('▸', 'active'), span(` ${runLabel(run.start)}`, 'bold')]
  const done = run.phases.filter(phase => phase.until !== null).map(doneSpans)
  const open = run.phases
    .filter(phase => phase.until === null)
    .map(phase => openLine(phase, { now: o.now, removed }))
  const before: readonly Line[] =
    run.phases.length === 0 && run.text !== '' ? [[span(`      ${run.text}`, 'dim')]] : []
  return [head, ...before, ...wrap(done, o.columns), ...open]
}

const phaseName = (phase: PhaseView): string =>
  phase.name === 'window' && phase.index > 0 ? `window ${phase.index + 1}` : phase.name

function doneSpans(phase: PhaseView): Line {
  const took = phase.seconds ?? Math.round(((phase.until ?? phase.since) - phase.since) / 1000)
  return [span('✔', 'good'), span(` ${phaseName(phase)}  `), span(spanText(took), 'dim')]
}

function openLine(phase: PhaseView, o: { readonly now: number; readonly removed: number }): Line {
  const gone = Math.max(0, (o.now - phase.since) / 1000)
  const told =
    phase.name === 'tear-down' && phase.text === '' && o.removed > 0 ? `${o.removed} removed` : phase.text
  const head = [span('      '), span('▸', 'active'), span(` ${phaseName(phase)}  `)]
  const text = span(told === '' ? '' : `${told}  `, 'dim')
  if (phase.seconds === null || phase.seconds === 0) return [...head, text, span(clockText(Math.floor(gone)))]
  const full = Math.min(BAR, Math.floor((gone / phase.seconds) * BAR))
  const bar = span('▓'.repeat(full) + '░'.repeat(BAR - full), 'active')
  return [
    ...head,
    text,
    bar,
    span(`  ${clockText(Math.floor(Math.min(gone, phase.seconds)))} of ${clockText(phase.seconds)}`),
  ]
}

/** Finished phases side by side, as many as fit. */
function wrap(items: readonly Line[], columns: number): readonly Line[] {
  const lines: Span[][] = []
  for (const item of items) {
    const last = lines.at(-1)
    const gap = span('      ')
    if (last !== undefined && lineWidth(last) + 6 + lineWidth(item) <= Math.min(columns, 110))
      last.push(gap, ...item)
    else lines.push([gap, ...item])
  }
  return lines
}

function findingLine({ findings }: ProgressState): readonly Line[] {
  const last = findings.at(-1)
  if (last === undefined) return []
  return [
    [
      span(`  ${'findings so far'.padEnd(17)} ${findings.length}   `),
      span(`${last.label}: ${findingText(last.finding)}`, 'dim'),
    ],
  ]
}

function pointsLine({ points }: ProgressState): readonly Line[] {
  if (points === null) return []
  const { stored, waiting, refused } = points
  return [
    [
      span(`  ${'influx'.padEnd(17)} ${fixed(stored, 0)} stored · ${fixed(waiting, 0)} waiting · `),
      span(`${fixed(refused, 0)} refused`, refused > 0 ? 'bad' : 'plain'),
    ],
  ]
}

const stopLine = ({ stopping }: ProgressState): readonly Line[] =>
  stopping ? [[span('  stopping: tearing down what was made; Ctrl-C again stops at once', 'active')]] : []

const lineWidth = (line: Line): number => line.reduce((sum, { text }) => sum + width(text), 0)

function cut(line: Line, columns: number): Line {
  if (lineWidth(line) <= columns) return line
  const kept: Span[] = []
  let room = columns - 1
  for (const { style, text } of line) {
    const part = Array.from(text).slice(0, room).join('')
    room -= width(part)
    kept.push(span(part, style))
  }
  return [...kept, span('…')]
}
