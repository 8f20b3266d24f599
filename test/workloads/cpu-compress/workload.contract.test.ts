import { expect, test } from 'vitest'
import { cpuCompress } from '../../../workloads/cpu-compress/workload.ts'
import { localDeployment, runLoad, workFilesOf } from '../../support/local-deployment.ts'
import { tracesOf } from '../../support/traces.ts'
import { readFacts, readWork } from '../../support/work-files.ts'

test.each(['zstd', '7z'] as const)('%s compresses, is checked, and leaves nothing', async tool => {
  await using place = await localDeployment()
  const params = cpuCompress.params.parse({ tool, corpus_mib: 1, threads: 2, level: 1, verify_every: 2 })
  const deployed = await cpuCompress.deploy(place.deployment.context, params)
  const exitCode = await runLoad(place, deployed, 4)
  const files = workFilesOf(deployed)
  const work = await readWork(cpuCompress.reader, files)
  const facts = await readFacts(cpuCompress.reader, files, exitCode)
  expect(work.length).toBeGreaterThan(3)
  expect(work.filter(piece => !piece.ok)).toEqual([])
  expect(work.every(piece => piece.units === 1 / 1024)).toBe(true)
  expect(facts).toMatchObject({ wrong: 0, findings: [], exitCode: 143 })
  expect(facts.checked).toBeGreaterThanOrEqual(2)
  expect(place.deployment.found().tools).toMatchObject([{ name: tool, copied: false }])
  expect(await place.tearDown()).not.toContain('unknown')
  expect(await tracesOf(place.campaign)).toEqual([])
})
