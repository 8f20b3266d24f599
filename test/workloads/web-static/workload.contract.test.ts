import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Host } from '../../../harness/model/target.ts'
import { webStatic } from '../../../workloads/web-static/workload.ts'
import { k6Path } from '../../support/k6-path.ts'
import { localDeployment, runLoad, type TestDeployment, workFilesOf } from '../../support/local-deployment.ts'
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

/** Its context, with folders into which root puts files and whose they are then; `refuse`: chown fails. */
function watched(place: TestDeployment, o: { readonly refuse?: boolean } = {}) {
  const { context } = place.deployment
  const owners = new Map<string, number>()
  const sut: Host = {
    ...context.sut,
    put: async (files, dir) => {
      const [folder = ''] = /^.*-nginx(?=$|\/)/.exec(dir) ?? []
      owners.set(folder, Math.max(owners.get(folder) ?? 0, (await stat(folder)).uid))
      return context.sut.put(files, dir)
    },
    exec: (argv, options) =>
      context.sut.exec(o.refuse === true && argv[0] === 'chown' ? ['false'] : argv, options),
  }
  return { owners, context: { ...context, sut } }
}

test('root puts files into a folder of its own, which is the server’s account’s afterwards, with all in it', async () => {
  await using place = await localDeployment({ controllerTools: await toolsOf(), env: { PATH: '' } })
  const { owners, context } = watched(place)
  await webStatic.deploy(context, webStatic.params.parse({ files: 2, file_kib: 1 }))
  expect([...owners.values()]).toEqual([0])
  const find = ['find', ...owners.keys(), '-user', '0', '-o', '-group', '0']
  expect(await place.host.exec(find)).toMatchObject({ code: 0, stdout: '', stderr: '' })
})

test('a folder that can not be handed over ends it', async () => {
  await using place = await localDeployment({ controllerTools: await toolsOf(), env: { PATH: '' } })
  const { context } = watched(place, { refuse: true })
  const deployed = webStatic.deploy(context, webStatic.params.parse({ files: 2, file_kib: 1 }))
  await expect(deployed).rejects.toMatchObject({ code: 'nginx-setup' })
})
