import { expect, test } from 'vitest'
import type { SourceKind } from '../../../../harness/model/evidence.ts'
import type { CitedCertificate } from '../../../../harness/model/meter.ts'
import { sameMeter, worstEvidence } from '../../../../results/analyse/energy/choose.ts'
import { certificateFlaw, meterEvidence } from '../../../../results/analyse/energy/meter-evidence.ts'
import { meterParts } from '../../../../results/analyse/statistics/uncertainty.ts'

const accuracy = { readingPercent: 0.5, rangePercent: 0.2, rangeWatts: 500 }
const at = (
  watts: number,
  kind: SourceKind = 'wall-meter',
  more: { readonly accuracy?: typeof accuracy | null; readonly guest?: boolean } = {},
) => meterEvidence({ ...used(kind), ...more }, watts)
const used = (kind: SourceKind) => ({
  meter: { id: 'pdu', source: null },
  nature: { kind, scope: 'wall AC' },
  accuracy,
  guest: false,
  cpu: 'Example 9000',
})

test('the class of a wall meter goes by its limits at the power used', () => {
  // 0.5 % and 1 W: 200 W is 1 %, 70 W is 1.93 %, 25 W is 4.5 %, 20 W is 5.5 %.
  expect([200, 70, 25, 20].map(watts => at(watts).class)).toEqual(['E3', 'E2', 'E1', 'E0'])
  expect(at(200, 'wall-meter', { accuracy: null }).class).toBe('E0')
  // Without a figure it is no worse than it can be: another meter does not take its place for a gap.
  expect(at(Number.POSITIVE_INFINITY).class).toBe('E3')
  expect(at(200, 'bmc').class).toBe('E0')
  expect(at(200, 'synthetic').class).toBe('none')
})

test('what a guest shows as its host’s counter is what the hypervisor allocates', () => {
  expect(at(50, 'host-counter', { guest: true }).kind).toBe('hypervisor-allocated')
  expect(at(50, 'host-counter').kind).toBe('host-counter')
  expect(at(50, 'bmc', { guest: true }).kind).toBe('bmc')
})

test('runs of one meter in different classes are of one source, and count with the worst', () => {
  const [good, bad] = [at(200), at(70)]
  expect(sameMeter(good, bad)).toBe(true)
  expect(worstEvidence([good, bad, good])).toEqual(bad)
  expect(worstEvidence([])).toBeNull()
  expect(sameMeter(good, { ...bad, source: 'other' })).toBe(false)
  expect(sameMeter(good, { ...bad, scope: 'wall AC, one supply' })).toBe(false)
})

test('both limits of the data sheet are in the instrument’s part; what lies between readings counts with the clock’s', () => {
  const o = { joules: 2000, seconds: 10, edge: 0, between: 4, accuracy }
  // 0.5 % of 2000 J, and 1 W over 10 s; each by √3.
  const parts = meterParts(at(200), o)
  expect(parts.instrument).toBeCloseTo(Math.hypot(10, 10) / Math.sqrt(3), 12)
  expect(parts.clock).toBeCloseTo(4, 12)
  expect(
    meterParts(at(200, 'wall-meter', { accuracy: null }), { ...o, accuracy: null }).instrument,
  ).toBeNull()
  expect(meterParts(at(200), { ...o, edge: null }).clock).toBeNull()
  // In steps of 10 W: 10/√12 W over 10 s.
  expect(meterParts(at(200), { ...o, resolution: 10 }).instrument).toBeCloseTo(
    Math.hypot(10 / Math.sqrt(3), 10 / Math.sqrt(3), 100 / Math.sqrt(12)),
    10,
  )
})

const certificate: CitedCertificate = {
  digest: 'c'.repeat(64),
  campaign: 'qualify-20260101T000000Z-abcd',
  source: 'bmc',
  cpu: 'Example 9000',
  range: { low: 100, high: 200 },
  limit: 0.05,
}

test('a sensor with a certificate that holds is of class E1, within a tenth beyond what that covers', () => {
  const cited = (kind: SourceKind, cpu = 'Example 9000') => ({
    ...used(kind),
    accuracy: null,
    cpu,
    meter: { id: 'bmc', source: null, certificate },
  })
  const classes = [89, 91, 150, 219, 221].map(watts => meterEvidence(cited('bmc'), watts).class)
  expect(classes).toEqual(['E0', 'E1', 'E1', 'E1', 'E0'])
  expect(certificateFlaw(cited('bmc'), 150)).toBeNull()
  expect(certificateFlaw(cited('bmc'), 221)).toBe(
    'it covers 90 to 220 W, and the mean power in the windows was 221 W',
  )
  expect(certificateFlaw(cited('bmc', 'Example 9001'), 150)).toBe(
    'it is of a machine with Example 9000, and this one has Example 9001',
  )
  expect(meterEvidence(cited('bmc', 'Example 9001'), 150).class).toBe('E0')
  expect(meterEvidence(cited('host-counter'), 150).class).toBe('E0')
  expect(meterEvidence(cited('synthetic'), 150).class).toBe('none')
  // Without a figure it is no worse than it can be.
  expect(meterEvidence(cited('bmc'), Number.POSITIVE_INFINITY).class).toBe('E1')
  expect(certificateFlaw(used('bmc'), 150)).toBeNull()
})

test('the limit of class E1 is the instrument’s part of a qualified sensor', () => {
  const evidence = meterEvidence(
    { ...used('bmc'), accuracy: null, meter: { id: 'bmc', source: null, certificate } },
    150,
  )
  const { instrument } = meterParts(evidence, { joules: 3000, seconds: 20, edge: 0 })
  expect(instrument).toBeCloseTo((0.05 * 3000) / Math.sqrt(3), 9)
})
