/** A sample of the text format of Prometheus, with a time stamp. */
export interface Sample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
  /** µs. */
  readonly at: number
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+) (\d+)$/
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)",?/gy

/**
 * Samples of the given names that have a time stamp and are finite numbers; anything else is passed over.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function* samplesOf(text: string, names: ReadonlySet<string>): Generator<Sample> {
  for (const line of text.split('\n')) {
    const end = line.search(/[{ ]/)
    if (end < 1 || !names.has(line.slice(0, end))) continue
    const [, name, labels = '', number, millis] = LINE.exec(line) ?? []
    const found = labelsOf(labels)
    const value = Number(number)
    const at = Number(millis) * 1000
    if (name === undefined || found === null || !Number.isFinite(value) || !Number.isSafeInteger(at)) continue
    yield { name, labels: found, value, at }
  }
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
