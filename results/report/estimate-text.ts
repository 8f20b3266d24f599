import type { Estimate } from '../../harness/model/result.ts'
import { decimalsFor, fixed, type Scale, scaleFor, significant } from './number-text.ts'

export interface EstimateText {
  /** What stands large: a value, or a range where only a range is known. */
  readonly main: string
  readonly unit: string
  /** How sure: n and interval, in words. */
  readonly sure: string
}

/**
 * What an estimate says lies between: its expanded interval, else that of repetition alone, else the hull of its runs and their ranges (which
 * is no interval of anything and is never called one). null: there is no figure.
 */
export function spanOf(e: Estimate): readonly [number, number] | null {
  if (e.n === 0) return null
  const known = e.expanded ?? e.interval
  if (known !== null) return known
  const all = [...e.values, ...(e.ranges ?? []).flat()]
  return all.length === 0 ? null : [Math.min(...all), Math.max(...all)]
}

/** Parts of the uncertainty that nobody knows, in words: a figure without them must not look surer than it is. Empty: all are known. */
export function unknownText(e: Estimate): string {
  const unknown = e.unknown.filter(part => part !== 'repetition')
  return unknown.length === 0 ? '' : `error of ${unknown.join(' and ')} not known`
}

/** The value that stands for the whole: the mean, or the only observation. null: none, or only a range may be shown. */
export function pointOf(e: Estimate): number | null {
  if (e.n === 0 || e.ranges !== null) return null
  return e.mean ?? (e.values.length === 1 ? (e.values[0] ?? null) : null)
}

/** Decimals by the half width of what is known: printed digits never pretend more than two digits of the uncertainty. */
function decimals(value: number, halfWidth: number, scale: Scale): number {
  const relative = halfWidth > 0 ? halfWidth / scale.factor : 0
  if (relative === 0) return decimalsFor(value / scale.factor, 3)
  return Math.min(decimalsFor(relative, 2), decimalsFor(value / scale.factor, 4))
}

/** An end of a range: two significant digits, whole numbers in full. */
const rangeEnd = (value: number): string => fixed(value, Math.abs(value) < 1e-12 ? 0 : decimalsFor(value, 2))

const also = (sure: string, e: Estimate): string => {
  const unknown = e.expanded === null ? unknownText(e) : ''
  return unknown === '' ? sure : `${sure}; ${unknown}`
}

/** An estimate in words. `unit`: the base unit without prefix, e.g. `J`; `per`: e.g. `request`. */
export function estimateText(e: Estimate, unit: string, per?: string): EstimateText {
  const tail = per === undefined ? '' : ` / ${per}`
  const span = spanOf(e)
  if (span === null) return { main: 'no figure', unit: '', sure: 'nothing to show' }
  const scale = scaleFor(Math.max(Math.abs(span[0]), Math.abs(span[1])), unit)
  const half = (span[1] - span[0]) / 2
  const n = `n = ${e.n}`
  const places = decimals(span[1], half, scale)
  const text = (v: number): string => fixed(v / scale.factor, places)
  const unitText = `${scale.unit}${tail}`

  const point = pointOf(e)
  if (point === null && e.ranges !== null) {
    const how = e.n === 1 ? 'one run: an observation' : n
    const low = rangeEnd(span[0] / scale.factor)
    const high = rangeEnd(span[1] / scale.factor)
    const sure = e.n > 1 && e.n < 6 ? `the model’s range over ${e.n} runs` : `95 % of the model, ${how}`
    if (low === high) return { main: low, unit: unitText, sure }
    const joined = low.startsWith('−') || high.startsWith('−') ? `${low} … ${high}` : `${low}–${high}`
    return { main: joined, unit: unitText, sure }
  }
  if (e.kind === 'observation') {
    const about = e.expanded === null ? '' : ` (${text(span[0])} … ${text(span[1])}, k = 2)`
    return {
      main: point === null ? 'no figure' : text(point),
      unit: unitText,
      sure: also(`one run: an observation${about}`, e),
    }
  }
  if (e.kind === 'points')
    return { main: e.values.map(text).join(' and '), unit: unitText, sure: also('two runs: no mean', e) }
  if (point === null) return { main: 'no figure', unit: '', sure: n }
  if (e.kind === 'mean') {
    const spread = e.sd === null ? '' : `, standard deviation ${text(e.sd)}`
    return { main: text(point), unit: unitText, sure: also(`${n}${spread}; no interval below 6 runs`, e) }
  }
  const unknown = unknownText(e)
  const level = unknown === '' ? '95 %' : `95 % of ${e.covers.join(' and ')} alone, ${unknown}`
  return { main: text(point), unit: unitText, sure: `${text(span[0])} … ${text(span[1])} (${level}), ${n}` }
}

/** One line: `0.84 J / request (0.80 … 0.88 (95 %), n = 12)`. */
export function estimateLine(e: Estimate, unit: string, per?: string): string {
  const t = estimateText(e, unit, per)
  return t.unit === '' ? t.main : `${t.main} ${t.unit} (${t.sure})`
}

/** A rate in words, without SI prefixes: `99.8 requests/s`. Several runs give their mean. */
export function rateText(e: Estimate, functionalUnit: string): string {
  const value = e.mean ?? e.values[0]
  if (value === undefined || e.n === 0) return 'no figure'
  const n = e.n === 1 ? 'one run' : `n = ${e.n}`
  return `${significant(value, 3)} ${functionalUnit}s/s (${n})`
}
