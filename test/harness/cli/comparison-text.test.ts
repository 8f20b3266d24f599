import { expect, test } from 'vitest'
import { comparisonText } from '../../../harness/cli/comparison-text.ts'
import { estimate, exactFigure } from '../../../results/analyse/statistics/estimate.ts'
import type { Comparison, Pair } from '../../../results/compare/comparison.ts'

const none = estimate('J', [])
const side = (name: string): Pair['a'] => ({
  name,
  target: 'lab',
  evidence: null,
  verdict: 'unranked',
  n: 1,
  energyPerUnit: estimate('J/request', [exactFigure(2)]),
  energyPerUnitAboveBaseline: none,
  power: none,
  rate: none,
  cpuUtilisation: none,
})
const text = (of: Partial<Pair>): string => {
  const comparison: Comparison = {
    schema: 'joulemark/comparison/1',
    campaigns: [],
    refused: false,
    refusals: [],
    missing: [],
    pairs: [
      {
        workload: 'toy',
        functionalUnit: 'request',
        a: side('a'),
        b: side('b'),
        boundaryDifferences: [],
        programDifferences: [],
        standing: 'verdict',
        unranked: false,
        ratio: null,
        range: null,
        interval: null,
        covers: [],
        unknown: [],
        sameInstrument: false,
        verdict: null,
        words: '',
        ...of,
      },
    ],
  }
  return (
    comparisonText(comparison)
      .split('\n')
      .find(line => line.startsWith('  ratio')) ?? ''
  )
}

test('a ratio says what its interval covers and what it does not', () => {
  expect(text({ ratio: 1.2, interval: [1.15, 1.25], covers: ['repetition'], unknown: ['instrument'] })).toBe(
    '  ratio 1.20 (95 %: 1.15 … 1.25; covers repetition; not instrument: not known): the second takes +20.0 %',
  )
})

test('no percentage is said of what the interval does not tell from none', () => {
  expect(text({ ratio: 1.02, interval: [0.2, 5], covers: ['repetition', 'model'] })).toBe(
    '  ratio 1.02 (95 %: 0.200 … 5.00; covers repetition, model)',
  )
})

test('observations of a model have the range of their ratio, those of a meter a ratio', () => {
  expect(text({ range: [0.25, 4.1] })).toBe('  ratio 0.250 … 4.10, by the ranges of the model')
  expect(text({ ratio: 0.9 })).toBe('  ratio 0.900: the second takes −10.0 %')
})
