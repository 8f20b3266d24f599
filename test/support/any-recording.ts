import * as fc from 'fast-check'
import type { Collector, Reading, Service } from '../../harness/model/collector.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import { toMicros } from '../../harness/model/units.ts'
import { caseNames, readCase } from './collector-case.ts'

export interface AnyRecording {
  readonly facts: HostFacts
  readonly services: readonly Service[]
  readonly readings: readonly Reading[]
}

/**
 * Whatever could be recorded on the machines of a collector's cases: real texts, texts with a few bytes changed or cut short, noise and
 * errors, from any source, at any pace.
 */
export function anyRecording(collector: Collector): fc.Arbitrary<AnyRecording> {
  const cases = caseNames(collector.id).map(name => readCase(collector, name))
  const texts = cases.flatMap(({ readings }) =>
    readings.flatMap(({ bytes }) => (bytes === null ? [] : [bytes])),
  )
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom(...texts, new Uint8Array()).chain(mangled),
    fc.constantFrom('ENOENT', 'EIO', 'ENODEV', '5'),
  )
  return fc.constantFrom(...cases).chain(({ facts, services }) => {
    const ids = collector.sources(facts, services).map(source => source.id)
    const reading = fc.record({
      source: fc.constantFrom(...ids, `${collector.id}/unknown`),
      content,
      after: fc.nat(5_000_000),
    })
    return fc
      .array(reading, { minLength: 1, maxLength: 30 })
      .map(recorded => ({ facts, services, readings: stamped(recorded) }))
  })
}

function stamped(
  recorded: readonly { source: string; content: Uint8Array | string; after: number }[],
): Reading[] {
  let seconds = 0
  return recorded.map(({ source, content, after }) => {
    seconds += after / 1e6
    const stamps = { source, mono: toMicros(seconds), wall: toMicros(1_795_000_000 + seconds) }
    return typeof content === 'string'
      ? { ...stamps, bytes: null, error: content }
      : { ...stamps, bytes: content }
  })
}

/** Bytes as they are, with a few of them changed, or cut. */
const mangled = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 32, max: 127 })), { maxLength: 4 }),
      fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
    )
    .map(([changes, cut]) => {
      const copy = Uint8Array.from(changes.length === 0 ? bytes.subarray(0, cut) : bytes)
      for (const [at, to] of changes) if (copy.length > 0) copy[at % copy.length] = to
      return copy
    })
