import { expect, test } from 'vitest'
import type { AssumedHost } from '../../../../harness/model/plan.ts'
import { coefficients } from '../../../../results/analyse/power-model/coefficients.ts'
import {
  extrapolation,
  hostMachine,
  modelEvidence,
} from '../../../../results/analyse/power-model/host-machine.ts'
import { boundaryKey } from '../../../../results/derive/keys.ts'
import { serverFacts } from '../../support/host-facts.ts'

const facts = (virtualization: string) => ({
  ...serverFacts({ bootId: 'b', threads: 8, rapl: false }),
  virtualization,
})
const key = (virtualization: string, assumed: AssumedHost) =>
  boundaryKey(modelEvidence(facts(virtualization), assumed), {
    loadgenShared: false,
    sharedKernel: false,
    pods: null,
  })

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

test('a host with fewer threads than its guest has CPUs is another machine: nothing stated of it is used, and that is said', () => {
  const guest = facts('kvm')
  const stated = { threads: 4, idleWatts: 100, fullWatts: 300, overcommitment: 1, year: 2015 }
  const machine = hostMachine(guest, stated)
  expect(machine).toEqual(hostMachine(guest, { overcommitment: 1, year: 2015 }))
  expect(machine.cpus * machine.idle).not.toBeCloseTo(200, 0)
  expect(extrapolation(guest, stated)).toMatch(/said to have 4 threads and its guest has 8/)
  expect(extrapolation(guest, { ...stated, threads: 8 })).toBeNull()
  const whole = hostMachine(guest, { ...stated, threads: 8 })
  expect(whole.cpus * (whole.idle + whole.dynamic)).toBeCloseTo(300, 6)
})

test('the fit and the span of its curve are the factor set', () => {
  expect(key('kvm', {}).factors).toBe(`power-model ${coefficients.table}, curve over 10 s`)
})
