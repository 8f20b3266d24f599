import { expect, test } from 'vitest'
import { collectors } from '../../../collectors/registry.ts'
import type { PlannedTarget } from '../../../harness/model/plan.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import { availabilityOf } from '../../../harness/run/availability.ts'
import { fixtureHost } from '../../support/fixture-host.ts'

const { rapl } = collectors

const target = (become: PlannedTarget['become']): { readonly plannedTarget: PlannedTarget } => ({
  plannedTarget: { id: 'metal', kind: 'ssh', hosts: [], become },
})

/** A machine whose energy counters only root may read, as Linux has them since 5.10. */
function unprivileged(): HostFacts {
  const { facts } = fixtureHost('intel-two-socket', rapl.probePaths)
  const probes = Object.fromEntries(
    Object.entries(facts.probes).map(([path, look]) => [
      path,
      path.endsWith('energy_uj') ? { error: 'EACCES' } : look,
    ]),
  )
  return { ...facts, user: { root: false, systemdUser: false }, probes }
}

test('counters that only root may read are forbidden without becoming root, and available with it', () => {
  expect(availabilityOf(target('none'), unprivileged(), rapl).state).toBe('forbidden')
  expect(availabilityOf(target('sudo'), unprivileged(), rapl).state).toBe('available')
})

test('becoming root does not make a sensor that is not there', () => {
  const { facts } = fixtureHost('vm-kvm', rapl.probePaths)
  const guest = { ...facts, user: { root: false, systemdUser: false } }
  expect(availabilityOf(target('sudo'), guest, rapl).state).toBe('absent')
})
