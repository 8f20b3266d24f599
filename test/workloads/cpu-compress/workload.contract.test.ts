import { expect, test } from 'vitest'
import { cpuCompress } from '../../../workloads/cpu-compress/workload.ts'
import { localDeployment, runLoad, workFilesOf } from '../../support/local-deployment.ts'
import { tracesOf } from '../../support/traces.ts'
import { readChecks, readFacts, readWork } from '../../support/work-files.ts'

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
  expect(facts).toMatchObject({ wrong: 0, findings: [], exitCode: 0 })
  expect(facts.checked).toBeGreaterThanOrEqual(2)
  expect(await readChecks(cpuCompress.reader, files)).toHaveLength(facts.checked ?? 0)
  expect(place.deployment.found().tools).toMatchObject([{ name: tool, copied: false }])
  expect(await place.tearDown()).not.toContain('unknown')
  expect(await tracesOf(place.campaign)).toEqual([])
})

test('passes longer than the load are finished, checked, and whole work', async () => {
  await using place = await localDeployment()
  const params = cpuCompress.params.parse({ corpus_mib: 8, threads: 2, level: 19, verify_every: 1000 })
  const deployed = await cpuCompress.deploy(place.deployment.context, params)
  const exitCode = await runLoad(place, deployed, 2)
  const files = workFilesOf(deployed)
  const work = await readWork(cpuCompress.reader, files)
  expect(work.length).toBeGreaterThanOrEqual(2)
  expect(work.filter(piece => !piece.ok || piece.lost)).toEqual([])
  expect(Math.min(...work.map(piece => piece.latency ?? 0))).toBeGreaterThan(2_000_000)
  expect(await readFacts(cpuCompress.reader, files, exitCode)).toMatchObject({
    checked: work.length,
    wrong: 0,
    findings: [],
  })
})

test('a load that is killed says that its passes are lost', async () => {
  await using place = await localDeployment()
  const params = cpuCompress.params.parse({ corpus_mib: 16, threads: 2, level: 19 })
  const deployed = await cpuCompress.deploy(place.deployment.context, params)
  const { endLoad, ...killed } = deployed
  const exitCode = await runLoad(place, killed, 2)
  const files = workFilesOf(deployed)
  expect((await readWork(cpuCompress.reader, files)).filter(piece => piece.lost)).toHaveLength(2)
  const { findings } = await readFacts(cpuCompress.reader, files, exitCode)
  expect(findings.map(finding => finding.code)).toContain('LOAD_EXIT')
  expect(endLoad).toBeDefined()
})
