import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { reapCampaign } from '../../../harness/run/reap.ts'
import { resumeCampaign } from '../../../harness/run/resume.ts'
import { toyPlan, toyWorkload, toyWorld, type World } from './toy-world.ts'

const COMPLETE = ['0001-here-toy-r1-a1', '0002-here-toy-r2-a1']

/** A controller that dies at the first event that fits: nothing after it happens. False: it got to its end. */
async function dieAt(world: World, fits: (event: CampaignEvent) => boolean): Promise<boolean> {
  const dead = Promise.withResolvers<boolean>()
  const parts = world.parts()
  let died = false
  const emit = (event: CampaignEvent) => {
    if (!died && !fits(event)) return parts.emit(event)
    died = true
    dead.resolve(true)
    return new Promise<void>(() => {})
  }
  const end = runCampaign({ ...parts, emit }, world.plan).then(() => false)
  return Promise.race([dead.promise, end])
}

async function hashes(world: World): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const run of await world.archive.runs()) {
    if ((await run.record())?.outcome !== 'complete') continue
    for (const path of await run.files()) {
      const bytes = await readFile(join(run.dir, path))
      found.set(`${run.id}/${path}`, createHash('sha256').update(bytes).digest('hex'))
    }
  }
  return found
}

const inSecond = (event: CampaignEvent): boolean => 'run' in event && event.run.startsWith('0002')
const phaseOf = (event: CampaignEvent): string =>
  event.type === 'phase' && inSecond(event) ? event.phase : ''

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

test('killed in a window, reap alone removes everything and measures nothing', async () => {
  await using world = await toyWorld()
  await dieAt(world, event => event.type === 'phase' && event.phase === 'window')
  expect((await world.leftovers()).length).toBeGreaterThan(3)
  const dry = await reapCampaign(world.parts(), { dryRun: true })
  expect(dry.items.map(item => item.state)).toEqual(dry.items.map(() => 'found'))
  expect((await world.leftovers()).length).toBeGreaterThan(3)
  const report = await reapCampaign(world.parts(), { dryRun: false })
  expect(report.left).toBe(0)
  expect(report.items.map(item => item.what).at(-1)).toBe('lock of the machine of host')
  expect(await world.leftovers()).toEqual([])
  expect(await world.record('0001-here-toy-r1-a1')).toBeNull()
})

test('a target that is down keeps its lines open, with the reason; reap again removes the rest', async () => {
  await using world = await toyWorld()
  await dieAt(world, event => event.type === 'phase' && event.phase === 'window')
  world.machine.down = true
  const report = await reapCampaign(world.parts(), { dryRun: false })
  expect(report.left).toBe(report.items.filter(item => item.reason === 'the machine is down').length)
  expect(report.left).toBeGreaterThan(0)
  world.machine.down = false
  expect((await reapCampaign(world.parts(), { dryRun: false })).left).toBe(0)
  expect(await world.leftovers()).toEqual([])
})

test('a sealed campaign is left alone', async () => {
  await using world = await toyWorld()
  await runCampaign(world.parts(), world.plan)
  const before = await hashes(world)
  const summary = await resumeCampaign(
    world.parts({ connect: () => Promise.reject(new Error('not asked')) }),
    {
      allowChanged: false,
    },
  )
  expect(summary).toMatchObject({ nothingToDo: true, sealed: true, complete: 1, runs: [] })
  expect(await hashes(world)).toEqual(before)
})

test('another version of the tool or of a workload is refused before anything is touched, unless told', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2 }))
  await dieAt(world, event => phaseOf(event) === 'window')
  // The load may still be about to write its pid.
  const there = async () => (await world.leftovers()).filter(path => !path.endsWith('.pid'))
  const left = await there()
  const workloads = new Map([['toy', { ...toyWorkload(), version: '2' }]])
  const other = resumeCampaign(world.parts({ toolVersion: '9', workloads }), { allowChanged: false })
  await expect(other).rejects.toMatchObject({
    code: 'changed',
    exit: 'changed',
    message: expect.stringMatching(/0\.0\.0-toy, now 9.*workload toy 1, now 2/),
  })
  expect(await there()).toEqual(left)
  const summary = await resumeCampaign(world.parts({ toolVersion: '9', workloads }), { allowChanged: true })
  expect(summary.complete).toBe(2)
})

test('another environment is refused with fact, before and after; what is free or by chance is none', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2 }))
  await dieAt(world, event => phaseOf(event) === 'window')
  world.machine.facts = { kernel: '6.2.0', bootId: '99999999-2222-3333-4444-555555555555', workRootFree: 5 }
  const refused = resumeCampaign(world.parts(), { allowChanged: false })
  await expect(refused).rejects.toMatchObject({
    exit: 'changed',
    message: 'target here changed since the first runs: host: kernel was 6.1.0, is 6.2.0',
  })
  expect(await world.leftovers()).toEqual([])
  world.machine.facts = { bootId: '99999999-2222-3333-4444-555555555555', workRootFree: 5 }
  expect((await resumeCampaign(world.parts(), { allowChanged: false })).complete).toBe(2)
})

test('a campaign is claimed as long as its controller is at it, and no longer', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const claims: unknown[] = []
  const emit = async (event: CampaignEvent) => {
    if (event.type === 'phase') claims.push(await world.archive.readState('controller.json'))
  }
  await runCampaign({ ...parts, emit }, world.plan)
  expect(claims).toHaveLength(7)
  expect(claims).toEqual(claims.map(() => expect.objectContaining({ pid: process.pid })))
  expect(await world.archive.readState('controller.json')).toBeNull()
})

test('while its controller lives, a campaign is neither resumed nor reaped', async () => {
  await using world = await toyWorld()
  await dieAt(world, event => event.type === 'phase' && event.phase === 'window')
  const began = (await readFile(`/proc/${process.ppid}/stat`, 'latin1')).split(') ')[1]?.split(' ')[19]
  const path = join(world.archive.dir, 'state/controller.json')
  await writeFile(path, JSON.stringify({ pid: process.ppid, began, owner: 'other' }))
  const running = { code: 'campaign-running', exit: 'locked' }
  await expect(resumeCampaign(world.parts(), { allowChanged: false })).rejects.toMatchObject(running)
  await expect(reapCampaign(world.parts(), { dryRun: false })).rejects.toMatchObject(running)
  await writeFile(path, JSON.stringify({ pid: process.ppid, began: '1', owner: 'other' }))
  expect((await reapCampaign(world.parts(), { dryRun: false })).left).toBe(0)
})

test('an invalid run that is out of retries is not measured again', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2, retries: 1 }))
  const judge = async () => 'invalid' as const
  const dead = Promise.withResolvers<void>()
  const parts = world.parts({ judge })
  const emit = (event: CampaignEvent) => {
    if (phaseOf(event) !== 'baseline') return parts.emit(event)
    dead.resolve()
    return new Promise<void>(() => {})
  }
  void runCampaign({ ...parts, emit }, world.plan)
  await dead.promise
  const summary = await resumeCampaign(world.parts({ judge }), { allowChanged: false })
  expect(summary.runs.map(end => end.run)).toEqual(['0002-here-toy-r2-a2', '0002-here-toy-r2-a3'])
  expect(summary).toMatchObject({ complete: 2, invalid: 2, sealed: true })
})
