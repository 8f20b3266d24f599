import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { reapCampaign } from '../../../harness/run/reap.ts'
import { resumeCampaign } from '../../../harness/run/resume.ts'
import { dieAt, hashes, phaseOf } from './dying.ts'
import { toyPlan, toyWorkload, toyWorld } from './toy-world.ts'

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
