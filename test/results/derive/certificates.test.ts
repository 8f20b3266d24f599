import { expect, test } from 'vitest'
import type { CitedCertificate, PlannedMeter } from '../../../harness/model/meter.ts'
import { compareResults } from '../../../results/compare/compare.ts'
import { deriveCampaign } from '../../../results/derive/derive.ts'
import { findingText } from '../../../results/report/finding-text.ts'
import { meterRows } from '../../../results/report/meters-text.ts'
import { BMC } from '../support/qualify-campaign.ts'
import { PARTS_FOR_TESTS as parts, syntheticCampaign, syntheticRun } from '../support/synthetic-run.ts'

const certificate: CitedCertificate = {
  digest: 'c'.repeat(64),
  campaign: 'qualify-20260101T000000Z-abcd',
  source: 'bmc',
  cpu: 'Example 9000',
  range: { low: 90, high: 200 },
  limit: 0.05,
}
const derive = (meter: PlannedMeter, watts: (run: number) => number = () => 120, runs = 1) =>
  deriveCampaign(
    syntheticCampaign(
      Array.from({ length: runs }, (_, i) => syntheticRun({ said: { bmc: () => watts(i) } })),
      { meters: [meter] },
    ),
    parts,
  )
const citing = (of: Partial<CitedCertificate> = {}): PlannedMeter => ({
  ...BMC,
  certificate: { ...certificate, ...of },
})

test('a certificate that is cited raises the class to E1, and the instrument’s part is known', async () => {
  const [plain, qualified] = [await derive(BMC), await derive(citing())]
  expect(plain.groups[0]?.evidence).toMatchObject({ source: 'bmc', kind: 'bmc', class: 'E0' })
  expect(plain.runs[0]?.total.parts.instrument).toBeNull()
  expect(qualified.groups[0]?.evidence).toMatchObject({ source: 'bmc', kind: 'bmc', class: 'E1' })
  const { total, findings, meters } = qualified.runs[0] as (typeof qualified.runs)[number]
  expect(total.joules).toBeCloseTo(2400, 6)
  expect(total.parts.instrument).toBeCloseTo((0.05 * 2400) / Math.sqrt(3), 6)
  expect(findings.map(f => f.code)).not.toContain('METER_UNQUALIFIED')
  expect(meters?.[0]?.certificate).toEqual({ digest: certificate.digest, campaign: certificate.campaign })
  expect(plain.runs[0]?.meters?.[0]).not.toHaveProperty('certificate')
  expect(meterRows(qualified)[0]?.[2]).toBe(
    'bmc E1, whole server; its certificate (qualify-20260101T000000Z-abcd) holds',
  )
})

test.each([
  ['of another CPU', { cpu: 'Example 9001' }, /a machine with Example 9001, and this one has Example 9000/],
  ['of other powers', { range: { low: 200, high: 400 } }, /covers 180 to 440 W.* was 120 W/],
  ['of another kind of source', { source: 'host-counter' as const }, /kind host-counter, and here it is bmc/],
])('a certificate %s leaves the sensor at E0, and a finding says why', async (_, of, reason) => {
  const result = await derive(citing(of))
  expect(result.groups[0]?.evidence?.class).toBe('E0')
  expect(result.runs[0]?.total.parts.instrument).toBeNull()
  const found = result.runs[0]?.findings.filter(f => f.code === 'METER_UNQUALIFIED') ?? []
  expect(found).toEqual([
    expect.objectContaining({
      host: 'sut',
      collector: 'bmc',
      values: expect.objectContaining({ meter: 'bmc', certificate: certificate.campaign }),
    }),
  ])
  expect(found.map(findingText)[0]).toMatch(reason)
  expect(meterRows(result)[0]?.[2]).toMatch(/^bmc E0, .* does not hold here$/)
})

test('of runs of which one lies outside of the certificate, all count, and the group is no better than that one', async () => {
  const result = await derive(citing(), run => (run === 0 ? 300 : 120), 2)
  expect(result.groups[0]?.counted).toHaveLength(2)
  expect(result.groups[0]?.evidence?.class).toBe('E0')
  expect(result.groups[0]?.energyPerUnit.unknown).toContain('instrument')
})

test('qualified and not, one sensor’s figures stand side by side, by their class', async () => {
  const [a, b] = [await derive(BMC), await derive(citing())]
  const other = { ...b, campaign: { ...b.campaign, id: 'campaign-20260102T000000Z-abcd' } }
  const { pairs } = compareResults([
    { name: 'a', result: a },
    { name: 'b', result: other },
  ])
  expect(pairs[0]?.boundaryDifferences).toEqual([{ part: 'class', a: 'E0', b: 'E1' }])
  expect(pairs[0]?.ratio).toBeNull()
})
