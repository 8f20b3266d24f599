import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { buildSteps, findBuilder } from '../../../../harness/cli/images/build-image.ts'

const REQUEST = {
  name: 'registry.example.org/workloads:1',
  platforms: ['linux/amd64', 'linux/arm64'],
  dockerfile: '/x/Dockerfile',
  args: { REGISTRY: 'docker.io' },
}

test('every builder gets all platforms and arguments, and leaves a layout under the name', () => {
  for (const builder of ['buildah', 'podman', 'docker'] as const) {
    const { steps, forget } = buildSteps(builder, `/usr/bin/${builder}`, 'localhost/list-1', REQUEST)
    const words = steps.flat()
    expect(words).toContain('linux/amd64,linux/arm64')
    expect(words).toContain('REGISTRY=docker.io')
    expect(words).toContain('/x/Dockerfile')
    expect(words.some(word => word.includes('layout') && word.includes(REQUEST.name))).toBe(true)
    // Nothing that the user has under the name is touched.
    expect(words.filter(word => word === REQUEST.name)).toEqual([])
    expect(forget?.slice(1) ?? null).toEqual(
      builder === 'docker' ? null : ['manifest', 'rm', 'localhost/list-1'],
    )
  }
})

test('the first builder on PATH is taken, or the one that was asked for; none is said', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-builder-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const env = { PATH: `relative:${folder}` }
  await expect(findBuilder(undefined, env)).rejects.toMatchObject({ code: 'no-builder', exit: 'usage' })
  for (const name of ['docker', 'podman'])
    await writeFile(join(folder, name), '#!/bin/sh\n', { mode: name === 'docker' ? 0o755 : 0o644 })
  expect(await findBuilder(undefined, env)).toEqual({ builder: 'docker', program: join(folder, 'docker') })
  await expect(findBuilder('podman', env)).rejects.toThrow('podman is not on PATH')
})
