// One process on a light machine, which dies at every kind of event; kill.contract.test.ts does it with -9 to a real one.
import { expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { resumeCampaign } from '../../../harness/run/resume.ts'
import { dieAt, hashes, inSecond, phaseOf } from './dying.ts'
import { toyPlan, toyWorld } from './toy-world.ts'

const COMPLETE = ['0001-here-toy-r1-a1', '0002-here-toy-r2-a1']

const POINTS: readonly (readonly [string, (event: CampaignEvent) => boolean])[] = [
  ['after plan.json', event => event.type === 'plan-written'],
  ['between ledger line and lock', event => event.type === 'ledger' && event.what.startsWith('lock')],
  [
    'between ledger line and folder',
    event => event.type === 'ledger' && inSecond(event) && event.what.startsWith('folder'),
  ],
  [
    'between ledger line and service',
    event => event.type === 'ledger' && inSecond(event) && event.what.startsWith('service'),
  ],
  ['at the start of baseline', event => phaseOf(event) === 'baseline'],
  [
    'at the end of deploy',
    event => event.type === 'phase-end' && event.phase === 'deploy' && inSecond(event),
  ],
  ['in idle', event => phaseOf(event) === 'idle'],
  ['in warm-up', event => event.type === 'phase-end' && event.phase === 'warm-up' && inSecond(event)],
  ['in a window', event => phaseOf(event) === 'window'],
  [
    'while fetching',
    event => event.type === 'fetch' && inSecond(event) && event.path.includes('recording-2'),
  ],
  ['before tear-down', event => phaseOf(event) === 'tear-down'],
  ['in tear-down', event => event.type === 'tear-down' && inSecond(event)],
  [
    'before cleanup.json is known',
    event => event.type === 'phase-end' && event.phase === 'tear-down' && inSecond(event),
  ],
  ['after points are handed over', event => event.type === 'points' && event.stored === 2],
  ['at the end of a run', event => event.type === 'run-end'],
]

test.each(POINTS)('killed %s, resume completes the plan and leaves nothing', async (_, fits) => {
  await using world = await toyWorld(toyPlan({ repetitions: 2 }))
  expect(await dieAt(world, fits)).toBe(true)
  const before = await hashes(world)
  const summary = await resumeCampaign(world.parts(), { allowChanged: false })
  expect(summary).toMatchObject({ complete: 2, open: 0, left: [], sealed: true })
  expect(await world.leftovers()).toEqual([])
  const after = await hashes(world)
  // cleanup.json is made again when more is gone.
  const kept = [...before].filter(([path]) => !path.endsWith('cleanup.json'))
  expect(kept.filter(([path, hash]) => after.get(path) !== hash)).toEqual([])
  const complete = [...new Set([...after.keys()].map(path => path.split('/')[0]))]
  expect(new Set(complete.map(run => run?.slice(0, -1)))).toEqual(
    new Set(COMPLETE.map(run => run.slice(0, -1))),
  )
  expect(complete).toHaveLength(2)
  for (const run of await world.archive.runs()) expect(await run.exists('cleanup.json')).toBe(true)
  expect(new Set(world.log.filter(line => line.startsWith('accept'))).size).toBe(2)
})
