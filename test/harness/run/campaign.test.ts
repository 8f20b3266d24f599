import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { Cleanup } from '../../../harness/model/run.ts'
import { ToolMissing } from '../../../harness/model/workload.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { reapCampaign } from '../../../harness/run/reap.ts'
import { campaignFile, toyPlan, toyWorkload, toyWorld, type World } from './toy-world.ts'

const RUN = '0001-here-toy-r1-a1'
const told = (world: World): string[] =>
  world.events.map(event => {
    if (event.type === 'phase' || event.type === 'phase-end')
      return `${event.type} ${event.phase} ${event.index}`
    if (event.type === 'ledger') return `ledger ${event.what.split(' ').slice(0, 3).join(' ')}`
    if (event.type === 'tear-down')
      return `tear-down ${event.what.split(' ').slice(0, 3).join(' ')} ${event.state}`
    if (event.type === 'finding') return `finding ${event.finding.code}`
    if (event.type === 'fetch') return `fetch ${event.path.split('/').slice(-2).join('/')}`
    return event.type
  })

test('a run goes through its phases in order, is recorded, torn down, handed over and sealed', async () => {
  await using world = await toyWorld(toyPlan({ windows: 2 }))
  const summary = await runCampaign(world.parts(), world.plan)
  const text = told(world).map(line => line.replace(/folder \S+/, 'folder'))
  expect(text).toEqual([
    'campaign',
    'plan-written',
    'run-start',
    'ledger lock of the',
    'ledger folder',
    'ledger folder',
    'ledger recorder, part 1',
    'phase baseline 0',
    'phase-end baseline 0',
    'phase deploy 0',
    'ledger service toy',
    'finding CHILDREN_LOST',
    'finding CHILDREN_LOST',
    'phase-end deploy 0',
    'finding LOADGEN_SHARED',
    'ledger recorder, part 2',
    'phase idle 0',
    'phase-end idle 0',
    'phase warm-up 0',
    'ledger load program loadgen',
    'phase-end warm-up 0',
    'phase window 0',
    'phase-end window 0',
    'phase window 1',
    'phase-end window 1',
    'phase cool-down 0',
    'phase-end cool-down 0',
    'fetch recording-1/recording',
    'fetch recording-2/recording',
    'fetch load/pieces.txt',
    'phase tear-down 0',
    'tear-down load program loadgen was-gone',
    'tear-down recorder, part 2 was-gone',
    'tear-down service toy removed',
    'tear-down recorder, part 1 was-gone',
    'tear-down folder removed',
    'tear-down folder removed',
    'tear-down lock of the removed',
    'phase-end tear-down 0',
    'points',
    'run-end',
    'sealed',
    'campaign-end',
  ])
  expect(summary).toMatchObject({
    complete: 1,
    unranked: 1,
    made: 7,
    gone: 7,
    left: [],
    sealed: true,
    interrupted: false,
  })
  expect(await world.leftovers()).toEqual([])
  await expectArchive(world)
  expectQuiet(world.log)
})

async function expectArchive(world: World): Promise<void> {
  const run = world.archive.run(RUN)
  expect(await run.files()).toEqual([
    'cleanup.json',
    'environment-after.json',
    'environment-before.json',
    'raw/host/clock.json',
    'raw/host/recording-1.gz',
    'raw/host/recording-2.gz',
    'run.json',
    'work/pieces.txt.gz',
  ])
  const packed = await readFile(join(run.dir, 'raw/host/recording-1.gz'))
  expect(gunzipSync(packed).toString()).toBe('recorded\n')
  const record = await run.record()
  expect(record?.recordings.map(({ part, end, bytes }) => ({ part, end, bytes }))).toEqual([
    { part: 1, end: 'stopped', bytes: 9 },
    { part: 2, end: 'stopped', bytes: 9 },
  ])
  expect(record).toMatchObject({ outcome: 'complete', workFiles: ['pieces.txt.gz'], error: null })
  const windows = record?.phases.filter(phase => phase.name === 'window') ?? []
  expect(windows.map(({ start, end }) => end - start)).toEqual([500_000, 500_000])
  expect(windows[1]?.start).toBe(windows[0]?.end)
  const cleanup = Cleanup.parse(JSON.parse(await campaignFile(world, `data/runs/${RUN}/cleanup.json`)))
  expect(cleanup.items.map(item => item.state)).not.toContain('left')
}

/** Between pause and resume hosts are hushed, then nothing is called. */
function expectQuiet(log: readonly string[]): void {
  const starts = log.flatMap((line, index) => (line === 'pause' ? [index] : []))
  expect(starts).toHaveLength(3)
  for (const start of starts) {
    const quiet = log.slice(start + 1, log.indexOf('resume', start))
    expect(quiet.filter(line => line.startsWith('host '))).toEqual(['host hush'])
    expect(quiet[0]).toBe('host hush')
  }
  const counted = ['baseline', 'idle', 'window'].map(name => log.indexOf(`phase ${name}`))
  for (const at of counted)
    expect(starts.some(start => start < at && at < log.indexOf('resume', start))).toBe(true)
}

test('an invalid run is repeated as often as the plan says, as another attempt; then the next one comes', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2, retries: 1 }))
  const judge = async (run: string) => (run === RUN ? ('invalid' as const) : ('valid' as const))
  const summary = await runCampaign(world.parts({ judge }), world.plan)
  expect(summary.runs.map(end => [end.run, end.verdict])).toEqual([
    [RUN, 'invalid'],
    ['0001-here-toy-r1-a2', 'valid'],
    ['0002-here-toy-r2-a1', 'valid'],
  ])
  expect(summary).toMatchObject({ planned: 2, complete: 2, valid: 2, invalid: 0, sealed: true })
})

test('a run that lost its host is measured again as long as the plan has retries; one that failed otherwise is not', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2, retries: 1 }))
  let attempts = 0
  const inDeploy = async () => {
    attempts += 1
    if (attempts === 1)
      throw new JoulemarkError({ code: 'lost', exit: 'unreachable', message: 'connection lost' })
    if (attempts === 3) throw new Error('a disk is full')
  }
  const workloads = new Map([['toy', toyWorkload({ inDeploy })]])
  const summary = await runCampaign(world.parts({ workloads }), world.plan)
  expect(summary.runs.map(end => [end.run, end.outcome])).toEqual([
    [RUN, 'aborted'],
    ['0001-here-toy-r1-a2', 'complete'],
    ['0002-here-toy-r2-a1', 'aborted'],
  ])
  expect(summary).toMatchObject({ planned: 2, complete: 1, open: 1, sealed: false, left: [] })
})

test('a workload whose tool is missing is skipped with a finding, torn down, and counts as done', async () => {
  await using world = await toyWorld()
  const inDeploy = async () => {
    throw new ToolMissing('k6', 'host', 'install it')
  }
  const workloads = new Map([['toy', toyWorkload({ inDeploy })]])
  const summary = await runCampaign(world.parts({ workloads }), world.plan)
  expect(summary).toMatchObject({ complete: 0, skipped: 1, sealed: true, left: [] })
  expect((await world.record(RUN))?.outcome).toBe('skipped')
  expect((await world.record(RUN))?.findings).toContainEqual(
    expect.objectContaining({
      code: 'TOOL_MISSING',
      values: expect.objectContaining({ tool: 'k6', host: 'host' }),
    }),
  )
  expect(await world.leftovers()).toEqual([])
})

test('a failed run is aborted with phase and reason, torn down, and the next one is measured; the campaign stays open', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2 }))
  let calls = 0
  const startLoad = async () => {
    calls += 1
    if (calls === 1)
      throw new JoulemarkError({ code: 'toy-broke', message: 'the toy broke', hint: 'mend it' })
  }
  const workloads = new Map([['toy', toyWorkload({ startLoad })]])
  const summary = await runCampaign(world.parts({ workloads }), world.plan)
  expect(summary.runs.map(end => end.outcome)).toEqual(['aborted', 'complete'])
  expect(summary.runs[0]?.error).toEqual({ code: 'toy-broke', message: 'the toy broke', hint: 'mend it' })
  expect(summary).toMatchObject({ complete: 1, open: 1, sealed: false })
  const record = await world.record(RUN)
  expect(record?.findings.at(-1)).toEqual({
    code: 'ABORTED',
    values: { phase: 'warm-up', reason: 'the toy broke' },
  })
  expect(record?.phases.map(phase => phase.name)).toEqual(['baseline', 'deploy', 'idle'])
  // what was recorded until then is kept
  expect(record?.recordings.map(one => [one.part, one.end])).toEqual([
    [1, 'stopped'],
    [2, 'stopped'],
  ])
  expect(await world.leftovers()).toEqual([])
})

test('a target that can not be reached aborts its runs and no other', async () => {
  await using world = await toyWorld(toyPlan({ targets: ['away', 'here'] }))
  const parts = world.parts()
  const connect = (id: string) => (id === 'away' ? Promise.reject(new Error('no route')) : parts.connect(id))
  const summary = await runCampaign({ ...parts, connect }, world.plan)
  expect(summary.runs.map(end => end.outcome)).toEqual(['aborted', 'complete'])
  expect(summary.runs[0]?.error?.message).toBe('no route')
  expect((await world.record('0001-away-toy-r1-a1'))?.findings).toEqual([
    { code: 'ABORTED', values: { phase: 'connect', reason: 'no connection (defect)' } },
  ])
})

test('the first Ctrl-C aborts the run at hand, tears it down, and starts no other', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 3 }))
  const parts = world.parts()
  let windows = 0
  const summary = await runCampaign(
    {
      ...parts,
      emit: async event => {
        await parts.emit(event)
        if (event.type === 'phase' && event.phase === 'window') windows += 1
        if (windows === 2) world.stop.abort()
      },
    },
    world.plan,
  )
  expect(summary).toMatchObject({ interrupted: true, complete: 1, open: 2, sealed: false, left: [] })
  expect(summary.runs.map(end => end.outcome)).toEqual(['complete', 'aborted'])
  expect(summary.runs[1]?.error?.code).toBe('interrupted')
  expect(await world.leftovers()).toEqual([])
})

test('the second Ctrl-C stops at once and leaves the ledger', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const running = runCampaign(
    {
      ...parts,
      emit: event => {
        if (event.type !== 'phase' || event.phase !== 'deploy') return
        world.stop.abort()
        world.hardStop.abort()
        return new Promise(() => {})
      },
    },
    world.plan,
  )
  await expect(running).rejects.toMatchObject({ code: 'stopped-hard', exit: 'interrupted' })
  expect((await world.ledger()).map(line => line.op)).toEqual(['make', 'make', 'make', 'make'])
  expect(await readdir(join(world.dir, 'work'))).toHaveLength(1)
  await using _end = { [Symbol.asyncDispose]: () => cleanUp(world) }
})

async function cleanUp(world: World): Promise<void> {
  const fresh = new AbortController()
  const report = await reapCampaign(world.parts({ hardSignal: fresh.signal }), { dryRun: false })
  expect(report.left).toBe(0)
  expect(await world.leftovers()).toEqual([])
}

test('every thing is in the ledger before it is there', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const before: string[][] = []
  await runCampaign(
    {
      ...parts,
      emit: async event => {
        if (event.type === 'ledger' && /^(folder|lock)/.test(event.what))
          before.push([...(await world.leftovers())])
      },
    },
    world.plan,
  )
  expect(before.map(paths => paths.filter(path => !path.includes('.joulemark')).length)).toEqual([0, 2, 3])
})

test('two hosts of one machine are told: shared kernel, shared load generator, one lock, a recording each', async () => {
  const hosts = [
    { id: 'web', roles: ['sut' as const], assumed: {} },
    { id: 'gen', roles: ['loadgen' as const], assumed: {} },
  ]
  await using world = await toyWorld(toyPlan({ hosts }))
  const summary = await runCampaign(world.parts(), world.plan)
  expect(summary.left).toEqual([])
  const record = await world.record(RUN)
  expect(record?.findings).toContainEqual({ code: 'SHARED_KERNEL', values: { hosts: 'gen, web' } })
  expect(record?.findings.map(finding => finding.code)).toContain('LOADGEN_SHARED')
  expect(record?.recordings.map(({ host, part }) => `${host} ${part}`).sort()).toEqual([
    'gen 1',
    'gen 2',
    'web 1',
    'web 2',
  ])
  expect(await world.leftovers()).toEqual([])
})
