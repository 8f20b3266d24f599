import { expect, test } from 'vitest'
import type { AssumedHost } from '../../../../harness/model/plan.ts'
import { coefficients } from '../../../../results/analyse/power-model/coefficients.ts'
import { modelEvidence } from '../../../../results/analyse/power-model/host-machine.ts'
import { boundaryKey } from '../../../../results/derive/keys.ts'
import { serverFacts } from '../../support/host-facts.ts'

const facts = (virtualization: string) => ({
  ...serverFacts({ bootId: 'b', threads: 8, rapl: false }),
  virtualization,
})
const key = (virtualization: string, assumed: AssumedHost) =>
  boundaryKey(modelEvidence(facts(virtualization), assumed), { loadgenShared: false, sharedKernel: false })

test.each(['none', 'kvm'])(
  'what was stated of a machine (virtualization %s) stands in its boundary key',
  kind => {
    const stated: AssumedHost[] = [
      {},
      { threads: 64 },
      { overcommitment: 2 },
      { idleWatts: 100 },
      { fullWatts: 300 },
      { fullWatts: 301 },
      { year: 2021 },
    ]
    expect(new Set(stated.map(assumed => key(kind, assumed).scope)).size).toBe(stated.length)
    expect(key(kind, { idleWatts: 100, fullWatts: 300 }).scope).toContain('(assumed: 100 W idle, 300 W full)')
  },
)

test('the fit and the span of its curve are the factor set', () => {
  expect(key('kvm', {}).factors).toBe(`power-model ${coefficients.table}, curve over 10 s`)
})
