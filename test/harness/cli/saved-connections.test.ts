import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectionState, savedConnections } from '../../../harness/cli/compose.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import { toyPlan } from '../run/toy-world.ts'

test('how hosts are reached is not believed where somebody else may have written it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-state-'))
  try {
    const connections = { targets: new Map(), influx: null }
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
