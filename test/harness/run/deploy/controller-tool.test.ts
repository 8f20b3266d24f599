import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ToolNeed } from '../../../../harness/model/workload.ts'
import { findControllerTool, placesOf, runsOn } from '../../../../harness/run/deploy/controller-tool.ts'
import { fixtureHost } from '../../../support/fixture-host.ts'

const K6: ToolNeed = {
  name: 'k6',
  programs: ['k6'],
  versionArgs: ['version'],
  versionPattern: /^k6 v([^ ]+)/,
}

test('what was given comes before the variable, and both before PATH; relative folders are never searched', () => {
  const env = { JOULEMARK_K6: '/opt/k6', PATH: '/a:.:bin:/b' }
  expect(placesOf({ env, controllerTools: new Map([['k6', '/mine/k6']]) }, K6)).toEqual([
    '/mine/k6',
    '/opt/k6',
    '/a/k6',
    '/b/k6',
  ])
  expect(placesOf({ env: {} }, K6)).toEqual([])
})

test('the first that runs and says its version counts, with its platform', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-tool-'))
  try {
    await writeFile(join(dir, 'broken'), '#!/bin/sh\nexit 1\n')
    await writeFile(join(dir, 'k6'), '#!/bin/sh\necho "k6 v2.2.0 (go1.26, linux/arm64)"\n')
    for (const name of ['broken', 'k6']) await chmod(join(dir, name), 0o755)
    const env = { JOULEMARK_K6: join(dir, 'broken'), PATH: `/nowhere:${dir}` }
    expect(await findControllerTool({ env }, K6)).toEqual({
      path: join(dir, 'k6'),
      version: '2.2.0',
      platform: 'linux/arm64',
    })
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('it is copied only where system and architecture match', () => {
  const { facts } = fixtureHost('vm-kvm')
  expect(runsOn('linux/amd64', { ...facts, arch: 'x64' })).toBe(true)
  expect(runsOn('linux/amd64', { ...facts, arch: 'arm64' })).toBe(false)
  expect(runsOn('darwin/arm64', { ...facts, arch: 'arm64' })).toBe(false)
  expect(runsOn(undefined, facts)).toBe(false)
})
