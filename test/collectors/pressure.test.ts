import { expect, test } from 'vitest'
import { pressure } from '../../collectors/pressure.ts'
import { fixtureHost } from '../support/fixture-host.ts'

test('absent names the ways to have it', () => {
  const { facts } = fixtureHost('vm-kvm')
  expect(pressure.probe(facts)).toMatchObject({ state: 'absent', hint: expect.stringContaining('psi=1') })
})

test('the averages, which the kernel smooths, are not read', () => {
  const { facts } = fixtureHost('vm-kvm')
  const parser = pressure.parser(facts, 'sut')
  const text =
    'some avg10=99.00 avg60=99.00 avg300=99.00 total=7\nfull avg10=9.00 avg60=9.00 avg300=9.00 total=3\n'
  parser.push({
    source: 'pressure/io',
    mono: 0 as never,
    wall: 0 as never,
    bytes: new TextEncoder().encode(text),
  })
  expect(parser.drain().map(batch => batch.base)).toEqual(['7', '3'])
})
