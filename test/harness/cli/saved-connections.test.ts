import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { connectionState, savedConnections } from '../../../harness/cli/compose.ts'
import { isOwnState, stateMark } from '../../../harness/cli/state-mark.ts'
import type { Json } from '../../../harness/model/json.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import { toyPlan } from '../run/toy-world.ts'

const home = await mkdtemp(join(tmpdir(), 'jm-home-'))
vi.stubEnv('XDG_STATE_HOME', home)
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(home, { recursive: true, force: true })
})

test('a campaign that was unpacked from elsewhere is not believed, unless the person says so', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-state-'))
  try {
    const connections = { targets: new Map(), influx: null, meters: new Map() }
    const made = async (name: string, state: Readonly<Record<string, Json>>) =>
      createCampaign(join(dir, name), { plan: toyPlan(), campaignText: '', state })
    const ours = connectionState(connections)
    expect((await stat(join(home, 'joulemark/key'))).mode & 0o777).toBe(0o600)
    expect(await savedConnections(await made('ours', ours))).toEqual(connections)
    const stolen = { url: 'http://192.0.2.1', org: 'o', bucket: 'b', token: { env: 'AWS_SECRET' } }
    const altered = { ...ours, 'hosts.json': { ...(ours['hosts.json'] as object), influx: stolen } }
    const { 'hosts-mark.json': _, ...unmarked } = ours
    for (const [name, state] of Object.entries({
      altered,
      unmarked,
      none: { ...ours, 'hosts-mark.json': null },
    })) {
      const foreign = await made(name, state)
      await expect(savedConnections(foreign)).rejects.toMatchObject({
        code: 'state-refused',
        hint: expect.stringContaining('--trust-state'),
      })
      expect((await savedConnections(foreign, { trust: true })).targets).toEqual(connections.targets)
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

test('without a place for a key nothing is marked, and no mark is asked for', async () => {
  const file = join(home, 'a-file')
  await writeFile(file, '')
  vi.stubEnv('XDG_STATE_HOME', file)
  expect(stateMark({})).toBeNull()
  expect(isOwnState({}, null)).toBe(true)
  vi.stubEnv('XDG_STATE_HOME', home)
})

test('how hosts are reached is not believed where somebody else may have written it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-state-'))
  try {
    const connections = { targets: new Map(), influx: null, meters: new Map() }
    const archive = await createCampaign(join(dir, 'c'), {
      plan: toyPlan(),
      campaignText: '',
      state: connectionState(connections),
    })
    expect(await savedConnections(archive)).toEqual(connections)
    const state = join(archive.dir, 'state')
    const refused = { code: 'state-refused', exit: 'usage' }
    for (const path of [state, join(state, 'hosts.json')]) {
      await chmod(path, 0o777)
      await expect(savedConnections(archive)).rejects.toMatchObject(refused)
      await chmod(path, 0o700)
      if (process.getuid?.() !== 0) continue
      await chown(path, 65534, 65534)
      await expect(savedConnections(archive)).rejects.toMatchObject(refused)
      await chown(path, 0, 0)
    }
    expect(await savedConnections(archive)).toEqual(connections)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
