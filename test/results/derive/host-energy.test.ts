import { expect, test } from 'vitest'
import { hostEnergy } from '../../../results/derive/host-energy.ts'
import { measureHost } from '../../../results/derive/measure-host.ts'
import { readRun } from '../../../results/derive/read-run.ts'
import { runContext } from '../../../results/derive/run-context.ts'
import {
  PARTS_FOR_TESTS as parts,
  runIdOf,
  syntheticCampaign,
  syntheticRun,
} from '../support/synthetic-run.ts'

test('a series that the baseline lacks and the windows have leaves the baseline without energy, not with less', async () => {
  const archive = syntheticCampaign([syntheticRun()])
  const run = archive.run(runIdOf(1))
  const files = await readRun(run)
  if (files === null) throw new Error('the run has no record')
  const plan = await archive.plan()
  const planned = plan.runs[0]
  if (planned === undefined) throw new Error('the plan has no run')
  const context = runContext(plan, planned, files)
  const host = context.sutHosts[0] ?? ''
  const measure = await measureHost(
    run,
    files,
    { host, stretches: context.stretches, spans: [], meters: [], machine: null },
    parts,
  )
  const before = hostEnergy(context, measure, parts)
  expect(before.baseline?.figure.joules).toBeGreaterThan(0)

  const stretches = measure.stretches.map((stretch, i) => {
    const energy = stretch?.sums.find(sum => sum.use === 'energy')
    if (stretch === null || energy === undefined || context.stretches[i]?.name !== 'window') return stretch
    const more = { ...energy, series: { ...energy.series, instance: 'package-1' } }
    return { ...stretch, sums: [...stretch.sums, more] }
  })
  const after = hostEnergy(context, { ...measure, stretches }, parts)
  expect(after.total.joules).toBe(2 * Number(before.total.joules))
  expect(after.baseline).toBeNull()
  expect(after.aboveBaseline.joules).toBeNull()
})
