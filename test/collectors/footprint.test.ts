import { expect, test } from 'vitest'
import { footprint } from '../../collectors/footprint.ts'
import { fixtureHost } from '../support/fixture-host.ts'

test('the source is the file of the process that reads it', () => {
  expect(footprint.sources()[0]?.path).toBe('/proc/self/schedstat')
})

test('a kernel without the file leaves the cost unknown, and says so', () => {
  const { facts } = fixtureHost('vm-kvm')
  const found = footprint.probe(facts)
  expect(found).toMatchObject({ state: 'absent', hint: expect.stringContaining('not known') })
})
