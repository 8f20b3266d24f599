import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openCampaign } from '../../../results/archive/node-archive.ts'

const MAIN = fileURLToPath(new URL('./kill-main.ts', import.meta.url))
/** The test's own: cgroups of another one that runs beside it are not ours. */
const CAMPAIGN = `toy-20260101T000000Z-${process.pid.toString(16).padStart(4, '0').slice(-4)}`

interface Ended {
  readonly signal: string | null
  readonly code: number | null
  readonly stderr: string
}

/** A controller as a process; killed with -9 after so many milliseconds, if told. */
async function controller(args: readonly string[], killAfter?: number): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', chunk => (stderr += String(chunk)))
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter)
  const end = await new Promise<Omit<Ended, 'stderr'>>(resolve =>
    child.once('close', (code, signal) => resolve({ code, signal })),
  )
  clearTimeout(timer)
  return { ...end, stderr }
}

/** Processes that have to do with a folder: their words or their working folder name it. */
async function processesOf(dir: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (words.includes(dir) || cwd.startsWith(dir)) found.push(`${pid} ${words.replaceAll('\0', ' ')}`)
  }
  return found
}

async function cgroupsOf(campaign: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .filter(line => / - cgroup2? /.test(line))
  const found: string[] = []
  for (const mount of mounts.map(line => line.split(' ')[4] ?? '')) {
    const names = await readdir(mount).catch(() => [])
    found.push(...names.filter(name => name.startsWith(`jm-${campaign}-`)).map(name => join(mount, name)))
  }
  return found
}

async function leftovers(dir: string): Promise<readonly string[]> {
  const files = (await readdir(dir, { recursive: true })).filter(path => /^(work|shm|locks)\//.test(path))
  return [...files, ...(await processesOf(join(dir, 'work'))), ...(await cgroupsOf(CAMPAIGN))]
}

async function inFolder(act: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jm-kill-'))
  try {
    await act(dir)
  } finally {
    if (existsSync(join(dir, CAMPAIGN, 'data/plan.json'))) await controller(['reap', dir, CAMPAIGN])
    await rm(dir, { recursive: true, force: true })
  }
}

async function expectResumed(dir: string): Promise<void> {
  const resumed = await controller(['resume', dir, CAMPAIGN])
  expect(resumed).toMatchObject({ code: 0, stderr: '' })
  expect(await leftovers(dir)).toEqual([])
  const archive = await openCampaign(join(dir, CAMPAIGN))
  const records = await Promise.all((await archive.runs()).map(run => run.record()))
  const complete = records.filter(record => record?.outcome === 'complete').map(record => record?.number)
  expect(new Set(complete)).toEqual(new Set([1, 2]))
  expect(complete).toHaveLength(2)
  expect(await archive.sealed()).toBe(true)
}

const POINTS = [
  ['ledger', 2],
  ['ledger', 6],
  ['phase-deploy', 2],
  ['phase-warm-up', 2],
  ['phase-window', 2],
  ['fetch', 2],
  ['phase-tear-down', 1],
  ['tear-down', 3],
] as const

test.each(POINTS)(
  'killed -9 at %s %i, resume completes the plan and leaves the machine as it was',
  async (kind, number) => {
    await inFolder(async dir => {
      expect((await controller(['run', dir, CAMPAIGN, kind, String(number)])).signal).toBe('SIGKILL')
      await expectResumed(dir)
    })
  },
)

// Seeded by hand: in the middle of whatever is under way then.
test.each([2900, 6100])('killed -9 after %i ms, the same', async millis => {
  await inFolder(async dir => {
    const run = await controller(['run', dir, CAMPAIGN], millis)
    expect([run.signal, run.code]).toEqual(run.code === 0 ? [null, 0] : ['SIGKILL', null])
    if (existsSync(join(dir, CAMPAIGN, 'data/plan.json'))) await expectResumed(dir)
  })
})

test('killed -9 in a window, reap alone leaves the machine as it was and measures nothing', async () => {
  await inFolder(async dir => {
    await controller(['run', dir, CAMPAIGN, 'phase-window', '1'])
    expect((await leftovers(dir)).length).toBeGreaterThan(0)
    expect(await controller(['reap', dir, CAMPAIGN])).toMatchObject({ code: 0, stderr: '' })
    expect(await leftovers(dir)).toEqual([])
    const runs = await (await openCampaign(join(dir, CAMPAIGN))).runs()
    expect(await Promise.all(runs.map(run => run.record()))).toEqual([null])
  })
})
