import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import type { RecorderKit } from '../../../harness/model/recorder.ts'
import type { PhaseName } from '../../../harness/model/run.ts'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { firstLease } from '../../../harness/run/leases.ts'
import { LockContent } from '../../../harness/run/locks.ts'
import { resumeCampaign } from '../../../harness/run/resume.ts'
import { lightFacts } from './light-machine.ts'
import { campaignFile, toyPlan, toyRecorder, toyWorkload, toyWorld, type World } from './toy-world.ts'

const RUN = '0001-here-toy-r1-a1'
const codes = async (world: World) => (await world.record(RUN))?.findings.map(finding => finding.code)

test.each<PhaseName>(['baseline', 'idle', 'window', 'cool-down'])(
  'what fails in %s aborts the run there; all is torn down, and resume measures it again',
  async name => {
    await using world = await toyWorld()
    const parts = world.parts()
    let phase = ''
    const failing = {
      ...parts,
      emit: (event: CampaignEvent) => {
        if (event.type === 'phase') phase = event.phase
        return parts.emit(event)
      },
      sleep: (seconds: number, signal: AbortSignal) =>
        phase === name ? Promise.reject(new Error('it broke')) : parts.sleep(seconds, signal),
    }
    const summary = await runCampaign(failing, world.plan)
    expect(summary).toMatchObject({ open: 1, left: [], sealed: false })
    expect((await world.record(RUN))?.findings).toContainEqual({
      code: 'ABORTED',
      values: { phase: name, reason: 'it broke' },
    })
    expect(await world.leftovers()).toEqual([])
    expect(world.log.filter(line => line === 'pause').length).toBe(
      world.log.filter(line => line === 'resume').length,
    )
    const again = await resumeCampaign(world.parts(), { allowChanged: false })
    expect(again.runs.map(end => [end.attempt, end.outcome])).toEqual([[2, 'complete']])
    expect((await world.record(RUN))?.outcome).toBe('aborted')
  },
)

test('a host that goes down after cool-down aborts the run and leaves what it has, with the reason; resume removes it', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const emit = (event: CampaignEvent) => {
    if (event.type === 'fetch') world.machine.down = true
    return parts.emit(event)
  }
  const summary = await runCampaign({ ...parts, emit }, world.plan)
  expect(summary.runs[0]?.error).toMatchObject({ code: 'unreachable' })
  expect(summary.left.length).toBeGreaterThan(0)
  expect(new Set(summary.left.map(item => item.reason))).toEqual(new Set(['the machine is down']))
  expect(summary.gone + summary.left.length).toBe(summary.made)
  world.machine.down = false
  expect(await resumeCampaign(world.parts(), { allowChanged: false })).toMatchObject({
    complete: 1,
    left: [],
    sealed: true,
  })
  expect(await world.leftovers()).toEqual([])
})

test('what the ledger can not hold is not made', async () => {
  await using world = await toyWorld()
  const archive = {
    ...world.archive,
    appendLedger: () => Promise.reject(new Error('no space left on device')),
  }
  const summary = await runCampaign(world.parts({ archive }), world.plan)
  expect(summary.runs[0]).toMatchObject({ outcome: 'aborted', error: { code: 'ledger-write' } })
  expect(await world.leftovers()).toEqual([])
})

test('a foreign lock stops the campaign before anything is made', async () => {
  await using world = await toyWorld(toyPlan({ repetitions: 2 }))
  const { bootId } = lightFacts(world.dir)
  const path = join(world.lockDir, `${bootId}.lock`)
  await mkdir(world.lockDir)
  const foreign = { owner: 'other', campaign: 'theirs', run: 'r', expires: 2e15 }
  await writeFile(path, JSON.stringify(foreign))
  await expect(runCampaign(world.parts(), world.plan)).rejects.toMatchObject({
    exit: 'locked',
    message: expect.stringMatching(/owner other, campaign theirs, until 2033-/),
  })
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(foreign)
  expect(await world.ledger()).toEqual([])
  expect(await world.archive.runs()).toEqual([])
  await writeFile(path, JSON.stringify({ ...foreign, expires: 1 }))
  expect((await resumeCampaign(world.parts(), { allowChanged: false })).complete).toBe(2)
})

test("locks and markers live by the host's clock: a controller whose clock is ahead does not take a live lock, nor writes one that lives longer", async () => {
  await using world = await toyWorld()
  const ahead = 1800e6
  const hostNow = world.parts().now()
  const behind = world.parts()
  world.machine.offset = -ahead
  const parts = world.parts({ now: () => behind.now() + ahead })
  const path = join(world.lockDir, `${lightFacts(world.dir).bootId}.lock`)
  await mkdir(world.lockDir)
  const foreign = { owner: 'other', campaign: 'theirs', run: 'r', expires: hostNow + 900e6 }
  await writeFile(path, JSON.stringify(foreign))
  await expect(runCampaign(parts, world.plan)).rejects.toMatchObject({ code: 'locked' })
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(foreign)
  await rm(path)

  const marker = join(world.dir, 'work', `jm-${world.archive.id}-${RUN}-host`, '.joulemark')
  const expiries: number[] = []
  const emit = async (event: CampaignEvent): Promise<void> => {
    if (event.type !== 'phase' || !['baseline', 'idle'].includes(event.phase)) return
    for (const file of [path, marker])
      expiries.push(LockContent.parse(JSON.parse(await readFile(file, 'utf8'))).expires)
  }
  await resumeCampaign({ ...parts, emit }, { allowChanged: false })
  expect(expiries).toHaveLength(4)
  for (const expires of expiries) expect(Math.abs(expires - hostNow - 900e6)).toBeLessThan(60e6)
})

test('a lock that is lost in mid-run ends the campaign, with a record of the run', async () => {
  await using world = await toyWorld()
  const path = join(world.lockDir, `${lightFacts(world.dir).bootId}.lock`)
  const emit = async (event: CampaignEvent): Promise<void> => {
    if (event.type === 'phase' && event.phase === 'baseline') await rm(path)
  }
  await expect(runCampaign(world.parts({ emit }), world.plan)).rejects.toMatchObject({ code: 'lock-lost' })
  expect(await world.record('0001-here-toy-r1-a1')).toMatchObject({
    outcome: 'aborted',
    error: { code: 'lock-lost' },
  })
})

test('lock and markers are renewed between deploy and idle, and cover the rest of the run', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const expiries: Record<string, number> = {}
  const path = join(world.lockDir, `${lightFacts(world.dir).bootId}.lock`)
  const emit = async (event: CampaignEvent) => {
    if (event.type !== 'phase' || event.phase === 'tear-down') return
    const lock = LockContent.parse(JSON.parse(await readFile(path, 'utf8')))
    const name = `jm-${world.archive.id}-${RUN}-host`
    const marker = LockContent.parse(
      JSON.parse(await readFile(join(world.dir, 'work', name, '.joulemark'), 'utf8')),
    )
    expect(marker).toEqual(lock)
    expect(lock.expires).toBeGreaterThan(parts.now())
    expiries[event.phase] = lock.expires
  }
  await runCampaign({ ...parts, emit }, world.plan)
  expect(expiries['deploy']).toBe(expiries['baseline'])
  expect(expiries['idle']).toBeGreaterThan(expiries['deploy'] ?? Number.NaN)
  expect(expiries['cool-down']).toBe(expiries['idle'])
})

test('all that runs is renewed between deploy and idle for the rest of the run, and by nobody while it counts', async () => {
  await using world = await toyWorld()
  await runCampaign(world.parts(), world.plan)
  const { idle, warmUp, window, coolDown } = world.plan.protocol.durations
  const renewed = world.machine.renewed
  expect(new Set(renewed.map(([name]) => name))).toEqual(new Set(['recorder-1', 'toy']))
  for (const [, seconds] of renewed) expect(seconds).toBeGreaterThan(idle + warmUp + window + coolDown)
  const at = (line: string) => world.log.lastIndexOf(line)
  const renewals = world.log.flatMap((line, index) => (line === 'host renew' ? [index] : []))
  expect(renewals).toHaveLength(renewed.length)
  for (const index of renewals) {
    expect(index).toBeGreaterThan(at('end deploy'))
    expect(index).toBeLessThan(at('phase idle'))
  }
})

test('a long deployment is renewed while it lasts, each time for as long as a deployment may take', async () => {
  await using world = await toyWorld()
  const parts = world.parts()
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let asked = 0
  const sleep = async (seconds: number, signal: AbortSignal) => {
    if (seconds <= 60) return parts.sleep(seconds, signal)
    await begun.promise
    asked += 1
    if (asked === 3) ended.resolve()
    if (asked >= 3) return parts.sleep(seconds, signal)
  }
  const inDeploy = async () => {
    begun.resolve()
    await ended.promise
  }
  const workloads = new Map([['toy', toyWorkload({ inDeploy })]])
  await runCampaign({ ...parts, sleep, workloads }, world.plan)
  expect(await world.record(RUN)).toMatchObject({ outcome: 'complete' })
  const renewed = world.machine.renewed.filter(([, seconds]) => seconds === firstLease(world))
  expect(renewed.filter(([name]) => name === 'recorder-1')).toHaveLength(2)
  expect(renewed.filter(([name]) => name === 'toy')).toHaveLength(2)
})

test('a recorder that was killed is a finding; the run goes on to its end', async () => {
  await using world = await toyWorld()
  const inDeploy = async () => {
    const [name] = world.machine.running().filter(one => one.includes('recorder-1'))
    if (name === undefined) throw new Error('no recorder')
    const at = name.lastIndexOf('/')
    await world.machine
      .host('host', ['sut'])
      .stop({ host: 'host', dir: name.slice(0, at), name: name.slice(at + 1) })
  }
  const workloads = new Map([['toy', toyWorkload({ inDeploy })]])
  const summary = await runCampaign(world.parts({ workloads }), world.plan)
  expect(summary.complete).toBe(1)
  expect((await world.record(RUN))?.recordings.map(({ part, end }) => [part, end])).toEqual([
    [1, 'died'],
    [2, 'stopped'],
  ])
  expect(await codes(world)).toContain('RECORDER_DIED')
})

test('a recorder whose buffer is full is another finding, with its bytes', async () => {
  await using world = await toyWorld()
  const full = (dir: string): string => join(dir, 'full')
  const recorder: RecorderKit = {
    ...toyRecorder,
    argv: (_, { dir }) => ['sh', '-c', 'while [ ! -e "$1" ]; do sleep 0.05; done; exit 3', 'sh', full(dir)],
  }
  const inDeploy = async () => {
    const dir = join(world.dir, 'work', `jm-${world.archive.id}-${RUN}-host`, 'recording-1')
    await access(dir)
    await writeFile(full(dir), '')
    for (
      let tries = 0;
      tries < 200 && world.machine.running().some(one => one.includes('recorder-1'));
      tries += 1
    )
      await wait(25)
  }
  const workloads = new Map([['toy', toyWorkload({ inDeploy })]])
  await runCampaign(world.parts({ recorder, workloads }), world.plan)
  const record = await world.record(RUN)
  expect(record?.recordings[0]?.end).toBe('full')
  expect(record?.findings).toContainEqual({
    code: 'RECORDER_FULL',
    host: 'host',
    values: { host: 'host', bytes: 2 << 20, reason: 'exit code 3' },
  })
})

test('the archive keeps what is known of a host, without the path of our own cgroup', async () => {
  await using world = await toyWorld()
  const own = { cpu: '/user.slice/somebody' }
  world.machine.facts = { cgroup: { version: '1', mounts: { cpu: '/sys/fs/cgroup/cpu' }, own, writable: {} } }
  await runCampaign(world.parts(), world.plan)
  for (const when of ['before', 'after']) {
    const text = await campaignFile(world, `data/runs/${RUN}/environment-${when}.json`)
    expect(text).toContain('/sys/fs/cgroup/cpu')
    expect(text).not.toContain('somebody')
  }
})

test('another boot and another environment after the run are findings', async () => {
  await using world = await toyWorld()
  const startLoad = async () => {
    world.machine.facts = { bootId: '99999999-2222-3333-4444-555555555555', kernel: '6.2.0' }
  }
  const workloads = new Map([['toy', toyWorkload({ startLoad })]])
  await runCampaign(world.parts({ workloads }), world.plan)
  const record = await world.record(RUN)
  expect(record?.outcome).toBe('complete')
  expect(record?.findings).toContainEqual({ code: 'BOOT_CHANGED', host: 'host', values: { host: 'host' } })
  expect(record?.findings).toContainEqual({
    code: 'ENVIRONMENT_CHANGED',
    host: 'host',
    values: { host: 'host', fact: 'kernel', before: '6.1.0', after: '6.2.0' },
  })
})

test('a work file that is missing or too large is a finding, and no failure', async () => {
  await using world = await toyWorld()
  const toy = toyWorkload()
  const deploy: typeof toy.deploy = async (ctx, params) => {
    const deployed = await toy.deploy(ctx, params)
    const [file] = deployed.workFiles
    if (file === undefined) throw new Error('no file')
    const workFiles = [
      { ...file, path: `${file.path}.none`, name: 'none.txt' },
      { ...file, maxBytes: 1 },
    ]
    return { ...deployed, workFiles }
  }
  await runCampaign(world.parts({ workloads: new Map([['toy', { ...toy, deploy }]]) }), world.plan)
  const record = await world.record(RUN)
  expect(record).toMatchObject({ outcome: 'complete', workFiles: [] })
  const absent = record?.findings.filter(finding => finding.code === 'WORK_ABSENT')
  expect(absent?.map(finding => finding.values['file'])).toEqual(['none.txt', 'pieces.txt'])
})
