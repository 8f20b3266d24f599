/** A sample of the text format of Prometheus. */
export interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** The value as it was written. */
  readonly text: string
  /** µs; null: it has no time stamp. */
  readonly at: number | null
}

/** One with a time stamp. */
export type StampedSample = Sample & { readonly at: number }

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*$/
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/gy

/**
 * Samples of the given names; what is not of the format is passed over. A value may be NaN or infinite.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function* samplesOf(text: string, names: ReadonlySet<string>): Generator<Sample> {
  for (const line of text.split('\n')) {
    const end = line.search(/[{\s]/)
    if (end < 1 || !names.has(line.slice(0, end))) continue
    const [, name, labels = '', number = '', millis] = LINE.exec(line) ?? []
    const found = labelsOf(labels)
    const value = valueOf(number)
    const at = millis === undefined ? null : Number(millis) * 1000
    if (name === undefined || found === null || value === null || !isTime(at)) continue
    yield { name, labels: found, value, text: number, at }
  }
}

/** Those that have a time stamp and are finite numbers. */
export function* stampedSamplesOf(text: string, names: ReadonlySet<string>): Generator<StampedSample> {
  for (const sample of samplesOf(text, names)) {
    const { at } = sample
    if (at !== null && Number.isFinite(sample.value)) yield { ...sample, at }
  }
}

const isTime = (at: number | null): boolean => at === null || Number.isSafeInteger(at)

/** null: it is no number. Go writes `+Inf`, which is a number to it. */
function valueOf(text: string): number | null {
  if (/^[+-]?inf$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const value = Number(text)
  return text === '' || (Number.isNaN(value) && text !== 'NaN') ? null : value
}

/** null: it is none. */
function labelsOf(text: string): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>()
  let end = 0
  for (const match of text.matchAll(LABEL)) {
    const [whole, name = '', value = ''] = match
    found.set(
      name,
      value.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c)),
    )
    end = match.index + whole.length
  }
  return end === text.length ? found : null
}
