import { expect, test } from 'vitest'
import type { Result, RunResult } from '../../../../harness/model/result.ts'
import { cautions } from '../../../../results/report/html/lead.ts'
import { useTable } from '../../../../results/report/html/run-tables.ts'
import { trust } from '../../../../results/report/html/trust.ts'
import { md } from '../../../../results/report/md.ts'
import { sampleResult } from '../support/sample-result.ts'

/** The sample with a first attempt of its first run that was noisy, invalid and repeated. */
function withRejected(): { readonly result: Result; readonly rejected: RunResult } {
  const sample = sampleResult()
  const [run, ...others] = sample.runs
  const [group, ...groups] = sample.groups
  if (run === undefined || group === undefined) throw new Error('the sample has runs')
  const finding = { code: 'NOISY' as const, host: 'web', values: {} }
  const rejected: RunResult = {
    ...run,
    id: `${run.id}-rejected`,
    verdicts: { ...run.verdicts, measurement: 'invalid' },
    rules: [
      {
        rule: 'JM-B8a',
        effect: 'unranked',
        state: 'broken',
        value: 0.4,
        limit: 0.05,
        unit: 'share of CPU time',
        findings: [finding],
      },
    ],
  }
  const again = { ...run, attempt: 2 }
  const counting = { ...group, notCounted: [{ run: rejected.id, reason: 'invalid' }] }
  return {
    rejected,
    result: { ...sample, runs: [rejected, again, ...others], groups: [counting, ...groups] },
  }
}

test('a run that does not count colours neither the first screen nor the reasons', async () => {
  const { result, rejected } = withRejected()
  expect(cautions(result)?.html).not.toContain('busy with other work')
  const [file] = await md.render(result)
  const row = String(file?.content)
    .split('\n')
    .find(line => line.startsWith('| web\\-static') || line.startsWith('| web-static'))
  expect(row).toMatch(/\| valid \| +\|$/)
  const counting: Result = {
    ...result,
    groups: result.groups.map((g, i) => (i === 0 ? { ...g, counted: [rejected.id, ...g.counted] } : g)),
  }
  expect(cautions(counting)?.html).toContain('web-static on cloud-a: the machine was busy with other work')
})

test('figures of a run that does not count are marked, and a run that counts is opened', () => {
  const { result } = withRejected()
  const [rejected = '', again = ''] = useTable(result).html.split('<details').slice(1)
  expect(rejected).toMatch(/^>/)
  expect(rejected).toContain('invalid: does not count')
  expect(again).toMatch(/^ open>/)
  expect(again).toContain('run 1, attempt 2</summary>')
})

test('energy outside of the boundary is that of every window by its best source, or it is not known', () => {
  const sample = sampleResult()
  const outside = (joules: readonly (number | null)[], known: number | null): string | undefined => {
    const [g, ...groups] = sample.groups
    const [run, ...runs] = sample.runs
    const window = run?.stretches.find(s => s.phase.name === 'window')
    const figure = window?.energy[0]
    if (g === undefined || run === undefined || window === undefined || figure === undefined)
      throw new Error('the sample has a window')
    const model = { ...figure.evidence, source: 'power-model', kind: 'model' as const, class: 'E0' as const }
    const stretches = joules.map((j, index) => ({
      ...window,
      phase: { ...window.phase, index },
      energy: [
        figure,
        { ...figure, host: 'far', joules: j },
        { ...figure, host: 'far', joules: 900, range: [140, 1216] as [number, number], evidence: model },
      ],
    }))
    const [machine] = sample.machines
    if (machine === undefined) throw new Error('the sample has a machine')
    const result: Result = {
      ...sample,
      machines: [...sample.machines, { ...machine, target: g.target, host: 'far', roles: ['loadgen'] }],
      groups: [{ ...g, loadgen: { ...g.loadgen, joulesOutside: known } }, ...groups],
      runs: [{ ...run, stretches }, ...runs],
    }
    return /outside[^·<]*/.exec(trust(result).html.replaceAll(/<[^>]+>/g, ''))?.[0]
  }
  expect(outside([200, 220], 420)).toMatch(/^outside: 420 J in the first run, wall-meter/)
  expect(outside([200, 220], null)).toMatch(/^outside, its energy is not known/)
  expect(outside([200, null], 420)).toMatch(/^outside, its energy is not known/)
})
