import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { toolItems } from '../../../../harness/cli/check/check-tools.ts'
import type { PlannedWorkload } from '../../../../harness/model/plan.ts'
import { lightFacts, lightMachine } from '../../run/light-machine.ts'
import { toyWorkload } from '../../run/toy-world.ts'

const NEED = {
  name: 'no-such-tool',
  programs: ['no-such-tool'],
  versionArgs: ['version'],
  versionPattern: /v(\d+\.\d+)/,
  copyFromController: true,
}
const planned: PlannedWorkload = {
  key: 'toy',
  id: 'toy',
  version: '1',
  functionalUnit: 'piece',
  params: {},
  install: 'never',
  purge: false,
}

test('a program that a run would copy from a place of its own on the controller is said to be copied', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-check-tools-'))
  await using machine = lightMachine(dir, () => 0)
  try {
    const path = join(dir, 'tool')
    const platform = process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64'
    await writeFile(path, `#!/bin/sh\necho 'tool v1.2 (${platform})'\n`)
    await chmod(path, 0o755)
    const workload = {
      ...toyWorkload(),
      params: z.strictObject({}),
      needs: () => [{ role: 'loadgen' as const, tool: NEED }],
    }
    const facts = {
      ...lightFacts(dir),
      arch: process.arch === 'arm64' ? ('arm64' as const) : ('x64' as const),
    }
    const look = (controllerTools: ReadonlyMap<string, string>) =>
      toolItems({
        host: machine.host('host', ['sut', 'loadgen']),
        facts,
        planned: [planned],
        workloads: new Map([['toy', workload]]),
        controllerTools,
      })
    expect(await look(new Map([[NEED.name, path]]))).toEqual([
      { subject: NEED.name, state: 'ok', text: '1.2, will be copied from this controller' },
    ])
    expect(await look(new Map())).toMatchObject([
      { state: 'absent', text: 'toy will be skipped', skips: 'toy' },
    ])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
