import { expect, test } from 'vitest'
import { MeterError, MeterReading, type OpenMeter, type PlannedMeter } from '../../../harness/model/meter.ts'
import type { Plan } from '../../../harness/model/plan.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { campaignFile, toyPlan, toyWorld } from './toy-world.ts'

const RUN = '0001-here-toy-r1-a1'
const meter = (id: string, target = 'here'): PlannedMeter => ({
  id,
  kind: 'shelly',
  settings: {},
  seconds: 1,
  behind: [{ target, host: 'host', instances: null }],
  accuracy: null,
  scope: null,
  source: null,
  reads: null,
  take: null,
})
const planOf = (...meters: PlannedMeter[]): Plan => ({ ...toyPlan(), meters })

/** Meters by their ids, and what became of them. */
function meters(polls: Readonly<Record<string, () => Promise<Record<string, string>>>>) {
  const closed: string[] = []
  const openMeter = (id: string): OpenMeter => ({
    onMachine: id === 'exporter',
    pushed: id === 'gateway',
    poll: polls[id] ?? (async () => ({})),
    [Symbol.asyncDispose]: async () => void closed.push(id),
  })
  return { closed, openMeter }
}

test('meters of the target are asked, closed, and what they said is in the archive and the record', async () => {
  await using world = await toyWorld(planOf(meter('plug'), meter('other', 'there')))
  const { closed, openMeter } = meters({ plug: async () => ({ power: '87.3' }) })
  const summary = await runCampaign(world.parts({ openMeter }), world.plan)
  expect(summary).toMatchObject({ complete: 1, left: [] })
  expect(closed).toEqual(['plug'])
  expect((await world.record(RUN))?.meters).toEqual([{ id: 'plug', asked: expect.any(Number), faults: {} }])
  const lines = (await campaignFile(world, `data/runs/${RUN}/raw/meters/plug.ndjson`)).trim().split('\n')
  for (const line of lines)
    expect(MeterReading.parse(JSON.parse(line))).toMatchObject({ said: { power: '87.3' } })
})

test('what one says that speaks by itself holds when it came, however long it was waited for', async () => {
  await using world = await toyWorld(planOf(meter('gateway'), meter('plug')))
  const late = async (): Promise<Record<string, string>> => {
    await new Promise(resolve => setTimeout(resolve, 30))
    return { power: '87.3' }
  }
  const { openMeter } = meters({ gateway: late, plug: late })
  await runCampaign(world.parts({ openMeter, now: () => Date.now() * 1000 }), world.plan)
  const first = async (id: string) =>
    MeterReading.parse(
      JSON.parse(
        (await campaignFile(world, `data/runs/${RUN}/raw/meters/${id}.ndjson`)).split('\n')[0] ?? '',
      ),
    )
  const [gateway, plug] = [await first('gateway'), await first('plug')]
  expect(gateway.took).toBe(0)
  expect(plug.took).toBeGreaterThanOrEqual(25_000)
  expect(gateway.at - plug.at).toBeGreaterThan(0)
})

test('one that does not answer costs its readings, not the run; what we did not foresee says no more than that', async () => {
  await using world = await toyWorld(planOf(meter('plug'), meter('broken')))
  const { closed, openMeter } = meters({
    plug: async () => {
      throw new MeterError('credentials', 'user or password is wrong (status 401)')
    },
    broken: async () => {
      throw new TypeError('reading secret of https://meter.example failed')
    },
  })
  const summary = await runCampaign(world.parts({ openMeter }), world.plan)
  expect(summary).toMatchObject({ complete: 1, left: [] })
  expect(closed.toSorted()).toEqual(['broken', 'plug'])
  const record = await world.record(RUN)
  expect(record?.findings.filter(f => f.code === 'METER_FAULT').map(f => f.values)).toEqual([
    expect.objectContaining({
      meter: 'plug',
      fault: 'credentials',
      reason: 'user or password is wrong (status 401)',
    }),
    expect.objectContaining({
      meter: 'broken',
      fault: 'garbage',
      reason: 'it could not be asked (TypeError)',
    }),
  ])
  expect(JSON.stringify(record)).not.toContain('meter.example')
})

test('a run that is stopped closes its meters all the same', async () => {
  await using world = await toyWorld(planOf(meter('plug')))
  const polls: number[] = []
  const { closed, openMeter } = meters({
    plug: async () => {
      polls.push(polls.length)
      world.stop.abort()
      return { power: '1' }
    },
  })
  const summary = await runCampaign(world.parts({ openMeter }), world.plan)
  expect(summary).toMatchObject({ interrupted: true, left: [] })
  expect(closed).toEqual(['plug'])
  expect(polls).toEqual([0])
})

test('what would not be read again from the archive is not kept in it, and reasons are cut', async () => {
  await using world = await toyWorld(planOf(meter('plug'), meter('loud')))
  const { openMeter } = meters({
    plug: async () => ({ ['k'.repeat(3000)]: '1' }),
    loud: async () => {
      throw new MeterError('absent', 'x'.repeat(100_000))
    },
  })
  await runCampaign(world.parts({ openMeter }), world.plan)
  const record = await world.record(RUN)
  const faults = record?.findings.filter(f => f.code === 'METER_FAULT') ?? []
  expect(faults.map(f => [f.values['meter'], f.values['fault']])).toEqual([
    ['plug', 'garbage'],
    ['loud', 'absent'],
  ])
  expect(String(faults[1]?.values['reason'])).toHaveLength(300)
})

test('one whose file is attached later is not asked, and leaves nothing behind', async () => {
  await using world = await toyWorld(planOf(meter('plug'), meter('analyzer')))
  const { closed, openMeter } = meters({ plug: async () => ({ power: '87.3' }) })
  const parts = world.parts({ openMeter: id => (id === 'analyzer' ? null : openMeter(id)) })
  expect(await runCampaign(parts, world.plan)).toMatchObject({ complete: 1, left: [] })
  expect(closed).toEqual(['plug'])
  expect((await world.record(RUN))?.meters?.map(({ id }) => id)).toEqual(['plug'])
})
