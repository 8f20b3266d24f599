import { expect, test } from 'vitest'
import type { Result } from '../../../harness/model/result.ts'
import { estimate } from '../../../results/analyse/statistics/estimate.ts'
import { compareResults } from '../../../results/compare/compare.ts'
import { deriveCampaign } from '../../../results/derive/derive.ts'
import { syntheticHost } from '../support/synthetic-host.ts'
import {
  PARTS_FOR_TESTS as parts,
  type SyntheticCampaign,
  syntheticCampaign,
  syntheticRun,
} from '../support/synthetic-run.ts'

/** A campaign whose runs draw these watts. */
const campaign = (
  watts: readonly number[],
  o: SyntheticCampaign = {},
  of: Parameters<typeof syntheticHost>[0] = {},
): Promise<Result> =>
  deriveCampaign(
    syntheticCampaign(
      watts.map(w => syntheticRun({ hosts: [syntheticHost({ watts: () => w, ...of })] })),
      o,
    ),
    parts,
  )
/** A result under a name, as a campaign of its own. */
const named = (name: string, result: Result) => ({
  name,
  result: { ...result, campaign: { ...result.campaign, id: name } },
})
const compare = async (a: Promise<Result>, b: Promise<Result>) =>
  compareResults([named('first', await a), named('second', await b)])

/** The same as a campaign of its own whose runs broke no rule, with a sensor of this relative standard uncertainty. */
const ranked = async (of: Promise<Result>, id: string, instrument: number | null): Promise<Result> => {
  const result = await of
  return {
    ...result,
    campaign: { ...result.campaign, id },
    groups: result.groups.map(group => ({
      ...group,
      verdict: 'valid',
      reasons: [],
      energyPerUnit: estimate(
        group.energyPerUnit.unit,
        group.energyPerUnit.values.map(value => ({
          value,
          range: null,
          parts: {
            ...group.energyPerUnit.parts,
            repetition: null,
            instrument: instrument === null ? null : instrument * value,
          },
        })),
      ),
    })),
  }
}
const compareRanked = (a: Promise<Result>, b: Promise<Result>, instrument: number | null) =>
  compare(ranked(a, 'a', instrument), ranked(b, 'b', instrument))

const AROUND_50 = [50, 50.4, 49.6, 50.2, 49.8, 50]
const AROUND_60 = [60, 60.4, 59.6, 60.2, 59.8, 60]

test('six runs a side and a clear difference give a verdict, when the instruments are known', async () => {
  const [pair] = (await compareRanked(campaign(AROUND_50), campaign(AROUND_60), 0.01)).pairs
  expect(pair).toMatchObject({
    standing: 'verdict',
    verdict: 'a-uses-less',
    words: 'A uses less',
    ratio: expect.closeTo(1.2, 3),
    unknown: [],
  })
  expect(pair?.covers).toContain('instrument')
  expect(pair?.interval?.[0]).toBeGreaterThan(1.14)
  const [other] = (await compareRanked(campaign(AROUND_60), campaign(AROUND_50), 0.01)).pairs
  expect(other).toMatchObject({ verdict: 'b-uses-less', words: 'B uses less' })
})

test('two unqualified sensors give ratio and interval of repetition, and no verdict', async () => {
  const [pair] = (await compareRanked(campaign(AROUND_50), campaign(AROUND_60), null)).pairs
  expect(pair).toMatchObject({
    standing: 'instrument-unknown',
    verdict: null,
    words: 'no verdict: error of the instrument not known',
    ratio: expect.closeTo(1.2, 3),
    unknown: ['instrument'],
  })
  expect(pair?.covers).not.toContain('instrument')
  expect(pair?.interval?.[0]).toBeGreaterThan(1.18)
})

test('a copy of a campaign is no second measurement', async () => {
  const result = await campaign(AROUND_50)
  const copies = [named('a', result), { ...named('a', result), name: 'copy of a' }, named('b', result)]
  expect(() => compareResults(copies)).toThrow(
    expect.objectContaining({ code: 'same-campaign', exit: 'usage' }),
  )
  expect(() => compareResults(copies)).toThrow(/^a and copy of a are the same campaign, a$/)
})

test('equal figures show no difference, and neither does less than 1 %', async () => {
  const level = (watts: number) => campaign(AROUND_50.map(() => watts))
  const [near] = (await compareRanked(level(50), level(50.4), 0.01)).pairs
  expect(near).toMatchObject({ words: 'no difference shown', ratio: expect.closeTo(1.008, 4) })
})

test('another parameter is refused, with its name and both values', async () => {
  const comparison = await compare(
    campaign([50], { params: { rate: 10 } }),
    campaign([50], { params: { rate: 20, files: 3 } }),
  )
  expect(comparison).toMatchObject({
    refused: true,
    pairs: [],
    refusals: [
      {
        workload: 'toy',
        a: { name: 'first', target: 'lab' },
        b: { name: 'second', target: 'lab' },
        differences: [
          { part: 'params.files', a: null, b: 3 },
          { part: 'params.rate', a: 10, b: 20 },
        ],
      },
    ],
  })
})

test('another window is another protocol; another seed, number, order or patience is not', async () => {
  const durations = { baseline: 10, idle: 6, warmUp: 2, window: 21, coolDown: 4 }
  const other = await compare(campaign([50]), campaign([50], { protocol: { durations } }))
  expect(other.refusals[0]?.differences).toEqual([{ part: 'durations.window', a: 20, b: 21 }])
  const same = await compare(
    campaign([50]),
    campaign([50], { protocol: { seed: 8, repetitions: 9, order: 'file', retries: 3 } }),
  )
  expect(same.refused).toBe(false)
})

test('one run is an observation, fewer than six no verdict', async () => {
  const [one] = (await compare(campaign([50]), campaign([60]))).pairs
  expect(one).toMatchObject({
    standing: 'observation',
    words: 'observation, unranked',
    ratio: expect.closeTo(1.2, 3),
    interval: null,
    verdict: null,
  })
  const [four] = (await compare(campaign(AROUND_50), campaign([60, 61, 60, 61]))).pairs
  expect(four).toMatchObject({
    standing: 'too-few',
    words: 'no verdict: 4 of 6, unranked',
    interval: null,
    verdict: null,
  })
})

test('quick campaigns compare as observations, and it is said that they are unranked', async () => {
  const quick = { protocol: { profile: 'quick', ranked: false } } as const
  const comparison = await compare(campaign([50], quick), campaign([60], quick))
  expect(comparison).toMatchObject({
    refused: false,
    pairs: [{ standing: 'observation', unranked: true, words: 'observation, unranked' }],
  })
})

test('unranked runs get ratio and interval, and no word of a verdict', async () => {
  const quick = { protocol: { profile: 'quick', ranked: false } } as const
  const [pair] = (await compare(campaign(AROUND_50, quick), campaign(AROUND_60, quick))).pairs
  expect(pair).toMatchObject({
    standing: 'unranked',
    words: 'unranked',
    verdict: null,
    interval: [expect.closeTo(1.19, 2), expect.closeTo(1.21, 2)],
  })
})

test('between models the interval covers what the models leave open', async () => {
  const modelled = () => campaign(AROUND_50, {}, { watts: null })
  const [pair] = (await compare(modelled(), modelled())).pairs
  expect(pair).toMatchObject({ standing: 'unranked', covers: ['repetition', 'model', 'clock'] })
  expect(pair?.interval?.[1]).toBeGreaterThan(3)
})

test('another source stands beside it, without a ratio, and the parts that differ are named', async () => {
  const [pair] = (await compare(campaign(AROUND_50), campaign(AROUND_50, {}, { watts: null }))).pairs
  expect(pair).toMatchObject({
    standing: 'side-by-side',
    ratio: null,
    verdict: null,
    words: 'side by side, no verdict, unranked',
  })
  expect(pair?.boundaryDifferences.map(d => d.part)).toEqual(['factors', 'scope', 'source'])
})

test('a side without energy has no figure to compare', async () => {
  const broken = campaign([50], {}, { skip: t => t > 30 })
  const [pair] = (await compare(campaign([50]), broken)).pairs
  expect(pair).toMatchObject({ standing: 'no-figure', words: 'no figure of energy' })
})

test('a workload that one side lacks is listed; with none in common there is nothing to compare', async () => {
  const a = await campaign([50])
  const b = await campaign([50])
  const renamed: Result = { ...b, groups: b.groups.map(group => ({ ...group, workload: 'other' })) }
  const comparison = compareResults([named('first', a), named('second', renamed)])
  expect(comparison).toMatchObject({ refused: true, refusals: [], pairs: [] })
  expect(comparison.missing).toEqual([
    { workload: 'toy', name: 'second' },
    { workload: 'other', name: 'first' },
  ])
  const both: Result = { ...b, groups: [...b.groups, ...renamed.groups] }
  expect(compareResults([named('first', a), named('second', both)])).toMatchObject({
    refused: false,
    pairs: [{ workload: 'toy' }],
    missing: [{ workload: 'other', name: 'first' }],
  })
})

test('targets of one name belong together, others are asked about each with each', async () => {
  const one = await campaign([50])
  const at = (...targets: string[]): Result => ({
    ...one,
    groups: targets.flatMap(target => one.groups.map(g => ({ ...g, target }))),
  })
  const targets = (a: Result, b: Result) =>
    compareResults([named('a', a), named('b', b)]).pairs.map(p => `${p.a.target} ${p.b.target}`)
  expect(targets(at('x', 'y'), at('y', 'x'))).toEqual(['x x', 'y y'])
  expect(targets(at('x'), at('y', 'z'))).toEqual(['x y', 'x z'])
})

test('every campaign is put against the first, and one alone is none', async () => {
  const result = await campaign([50])
  const of = (name: string) => named(name, result)
  expect(compareResults([of('a'), of('b'), of('c')]).pairs.map(p => p.b.name)).toEqual(['b', 'c'])
  expect(() => compareResults([of('a')])).toThrow(RangeError)
})
