import { expect, test } from 'vitest'
import { webStatic } from '../../../workloads/web-static/workload.ts'
import { k6Path } from '../../support/k6-path.ts'
import { localDeployment, runLoad, workFilesOf } from '../../support/local-deployment.ts'
import { tracesOf } from '../../support/traces.ts'
import { readChecks, readFacts, readWork } from '../../support/work-files.ts'

const toolsOf = async () => new Map([['k6', await k6Path()]])

test('nginx serves, k6 asks at its rate and checks, nothing is left', async () => {
  await using place = await localDeployment({ controllerTools: await toolsOf(), env: { PATH: '' } })
  const params = webStatic.params.parse({ rate: 80, files: 5, file_kib: 3, check_every: 10, vus_max: 10 })
  const deployed = await webStatic.deploy(place.deployment.context, params)
  expect(deployed.services.map(({ id, watch }) => [id, watch.by])).toEqual([
    ['nginx', 'cgroup'],
    ['loadgen', 'cgroup'],
  ])
  const exitCode = await runLoad(place, deployed, 5)
  const files = workFilesOf(deployed)
  const work = await readWork(webStatic.reader, files)
  const facts = await readFacts(webStatic.reader, files, exitCode)
  expect(exitCode).toBe(105)
  expect(work.length).toBeGreaterThan(300)
  expect(work.every(piece => piece.ok && piece.units === 1 && (piece.latency ?? 0) > 0)).toBe(true)
  expect(facts).toMatchObject({ dropped: 0, wrong: 0, vuMax: 10, findings: [] })
  expect(facts.vuUsed).toBeLessThan(10)
  expect(facts.checked).toBe(Math.ceil(work.length / 10))
  expect(await readChecks(webStatic.reader, files)).toHaveLength(facts.checked ?? 0)
  expect(place.deployment.found().tools).toMatchObject([
    { name: 'k6', copied: true },
    { name: 'nginx', copied: false },
  ])
  expect(place.findings).toMatchObject([{ code: 'TOOL_COPIED' }])
  await place.tearDown()
  expect(await tracesOf(place.campaign)).toEqual([])
})

test('no k6 anywhere: the workload says what is missing', async () => {
  await using place = await localDeployment({ env: { PATH: '/nowhere' } })
  const params = webStatic.params.parse({})
  await expect(webStatic.deploy(place.deployment.context, params)).rejects.toMatchObject({
    name: 'ToolMissing',
    tool: 'k6',
    hint: expect.stringContaining('get-k6'),
  })
})
