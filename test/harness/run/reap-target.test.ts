import { chmod, chown, mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCampaign } from '../../../harness/run/campaign.ts'
import { folderName, MARKER } from '../../../harness/run/names.ts'
import { reapTarget } from '../../../harness/run/reap-target.ts'
import { toyWorld, type World } from './toy-world.ts'

const HOUR = 3600e6

async function reap(world: World, o: { readonly later: number; readonly dryRun?: boolean }) {
  const parts = world.parts()
  const now = parts.now() + o.later
  await using target = await parts.connect('here')
  return reapTarget({ target, lockDir: world.lockDir, now: () => now, dryRun: o.dryRun ?? false })
}

/** A campaign whose controller died in its window. */
async function dead(world: World): Promise<void> {
  const parts = world.parts()
  const died = Promise.withResolvers<void>()
  void runCampaign(
    {
      ...parts,
      emit: event => {
        if (event.type !== 'phase' || event.phase !== 'window') return
        died.resolve()
        return new Promise(() => {})
      },
    },
    world.plan,
  )
  await died.promise
}

test('what is live stays; what is past its expiry goes: folders, lock, and nothing else', async () => {
  await using world = await toyWorld()
  await dead(world)
  const left = (await world.leftovers()).filter(path => !path.endsWith('.pid'))
  expect((await reap(world, { later: 0 })).items).toEqual([])
  const dry = await reap(world, { later: HOUR, dryRun: true })
  expect(dry.items.map(item => item.what.split(' ')[0])).toEqual(['folder', 'folder', 'lock'])
  expect((await world.leftovers()).filter(path => !path.endsWith('.pid'))).toEqual(left)
  await mkdir(join(world.dir, 'work', 'jm-photos'))
  await writeFile(join(world.dir, 'work', 'jm-photos', MARKER), '{}')
  const report = await reap(world, { later: HOUR })
  expect(report).toMatchObject({ left: 0 })
  expect(report.items.map(item => item.state)).toEqual(['removed', 'removed', 'removed'])
  expect(await readdir(join(world.dir, 'work'))).toEqual(['jm-photos'])
  expect(await readdir(join(world.dir, 'locks'))).toEqual([])
})

test("expiry is judged by the host's clock: a controller whose clock is ahead removes nothing that is live", async () => {
  await using world = await toyWorld()
  await dead(world)
  world.machine.offset = -HOUR
  expect((await reap(world, { later: HOUR })).items).toEqual([])
  expect((await reap(world, { later: 2 * HOUR })).items.map(item => item.state)).toEqual([
    'removed',
    'removed',
    'removed',
  ])
})

test('a folder without a marker goes after a day, or with the run it belongs to', async () => {
  await using world = await toyWorld()
  const path = join(world.dir, 'work', folderName('other', '0001-here-toy-r1-a1'))
  await mkdir(path)
  await utimes(path, 1000, 1000)
  expect((await reap(world, { later: 1000e6 - world.parts().now() })).items).toEqual([])
  expect((await reap(world, { later: 0 })).items.map(item => item.state)).toEqual(['removed'])

  const young = `${path}-nginx`
  await mkdir(young)
  await mkdir(path)
  expect((await reap(world, { later: 0 })).items).toEqual([])
  const marker = { owner: 'a', campaign: 'other', run: '0001-here-toy-r1-a1', expires: 1000 }
  await writeFile(join(path, MARKER), JSON.stringify(marker))
  expect((await reap(world, { later: 0 })).items).toHaveLength(2)
  expect(await readdir(join(world.dir, 'work'))).toEqual([])
})

const RUN = '0001-here-toy-r1-a1'
const expired = JSON.stringify({ owner: 'a', campaign: 'other', run: RUN, expires: 1000 })

/** A folder laid out as that of a dead run with a detached process in it. */
async function lure(world: World): Promise<string> {
  const path = join(world.dir, 'work', folderName('other', RUN))
  await mkdir(path)
  await writeFile(join(path, MARKER), expired)
  await writeFile(join(path, 'a.deadline'), '0')
  return path
}

test('a folder that others can write to names nothing that is ended or removed', async () => {
  await using world = await toyWorld()
  const path = await lure(world)
  expect((await reap(world, { later: 0, dryRun: true })).items.map(item => item.what)).toEqual([
    'process a',
    `folder ${path}`,
  ])
  await chmod(path, 0o777)
  expect((await reap(world, { later: 0 })).items).toEqual([])
  expect(await readdir(path)).toContain('a.deadline')
})

test.skipIf(process.getuid?.() !== 0)(
  'a folder of another user, and files of his in ours, name nothing',
  async () => {
    await using world = await toyWorld()
    const path = await lure(world)
    await chown(join(path, 'a.deadline'), 65534, 65534)
    expect((await reap(world, { later: 0, dryRun: true })).items).toHaveLength(1)
    await chown(path, 65534, 65534)
    expect((await reap(world, { later: 0 })).items).toEqual([])

    // The account of a service has a folder beside that of the run: it goes with the run, and is not looked into.
    const beside = `${path}-db`
    await mkdir(beside)
    await writeFile(join(beside, 'b.deadline'), '0')
    await chown(beside, 65534, 65534)
    await chown(path, 0, 0)
    expect((await reap(world, { later: 0 })).items.map(item => [item.what, item.state])).toEqual([
      [`folder ${path}`, 'removed'],
      [`folder ${beside}`, 'removed'],
    ])
  },
)

test('a cgroup goes with a run that is past its expiry, or empty and a day old; else it stays, and is told', async () => {
  await using world = await toyWorld()
  const base = join(world.dir, 'cgroup')
  world.machine.facts = { cgroup: { version: 'none', mounts: {}, own: {}, writable: { cpuacct: base } } }
  const path = join(base, `${folderName('other', RUN)}-web`)
  await mkdir(path, { recursive: true })
  const now = world.parts().now()
  await utimes(path, now / 1e6, now / 1e6)
  expect(await reap(world, { later: 0 })).toMatchObject({
    left: 0,
    items: [{ what: `cgroup ${path}`, state: 'kept', reason: expect.stringContaining('may be live') }],
  })
  expect(await readdir(base)).toHaveLength(1)
  const [goes] = (await reap(world, { later: 25 * HOUR, dryRun: true })).items
  expect(goes).toMatchObject({ what: `cgroup ${path}`, state: 'found' })

  await utimes(path, now / 1e6, now / 1e6)
  const folder = await lure(world)
  await writeFile(join(folder, MARKER), expired.replace('1000', String(now + HOUR)))
  expect((await reap(world, { later: 0 })).items).toEqual([])
  await writeFile(join(folder, MARKER), expired)
  expect((await reap(world, { later: 0, dryRun: true })).items.map(item => item.what.split(' ')[0])).toEqual([
    'process',
    'cgroup',
    'folder',
  ])
})
