import { expect, test } from 'vitest'
import type { Evidence } from '../../../../harness/model/evidence.ts'
import { bestEvidence, sameEvidence } from '../../../../results/analyse/energy/choose.ts'

const of = (kind: Evidence['kind'], accuracy: Evidence['class'], source: string = kind): Evidence => ({
  source,
  kind,
  class: accuracy,
  scope: 'x',
})

test('a meter goes before a counter, a counter before a model, anything before what is synthetic', () => {
  const all = [of('synthetic', 'none'), of('model', 'E0'), of('host-counter', 'E0'), of('wall-meter', 'E1')]
  expect(bestEvidence(all)?.kind).toBe('wall-meter')
  expect(bestEvidence(all.slice(0, 3))?.kind).toBe('host-counter')
  expect(bestEvidence(all.slice(0, 2))?.kind).toBe('model')
  expect(bestEvidence([])).toBeNull()
})

test('of one kind the better class, of one class the first by name', () => {
  expect(bestEvidence([of('wall-meter', 'E1', 'a'), of('wall-meter', 'E3', 'b')])?.source).toBe('b')
  expect(bestEvidence([of('bmc', 'E0', 'b'), of('bmc', 'E0', 'a')])?.source).toBe('a')
})

test('another scope is another evidence', () => {
  expect(sameEvidence(of('bmc', 'E0'), of('bmc', 'E0'))).toBe(true)
  expect(sameEvidence(of('bmc', 'E0'), { ...of('bmc', 'E0'), scope: 'y' })).toBe(false)
})
