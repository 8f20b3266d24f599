import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { Host } from '../../../harness/model/target.ts'
import { oltpPostgres } from '../../../workloads/oltp-postgres/workload.ts'
import { localDeployment, runLoad, type TestDeployment, workFilesOf } from '../../support/local-deployment.ts'
import { tracesOf } from '../../support/traces.ts'
import { readFacts, readWork } from '../../support/work-files.ts'

test('PostgreSQL books, its balances add up, nothing is left', async () => {
  await using place = await localDeployment()
  const params = oltpPostgres.params.parse({ scale: 1, clients: 3, rate: 40 })
  const deployed = await oltpPostgres.deploy(place.deployment.context, params)
  const exitCode = await runLoad(place, deployed, 6)
  const files = workFilesOf(deployed)
  const work = await readWork(oltpPostgres.reader, files)
  const facts = await readFacts(oltpPostgres.reader, files, exitCode)
  expect(facts).toEqual({
    dropped: 0,
    vuMax: null,
    vuUsed: null,
    checked: 4,
    wrong: 0,
    exitCode: 0,
    findings: [],
  })
  expect(work.length).toBeGreaterThan(100)
  expect(work.every(piece => piece.ok && (piece.latency ?? 0) > 0)).toBe(true)
  await place.tearDown()
  expect(await tracesOf(place.campaign)).toEqual([])
})

/** Its context, with folders into which root puts files and whose they are then. */
function watched(place: TestDeployment) {
  const { context } = place.deployment
  const owners = new Map<string, number>()
  const sut: Host = {
    ...context.sut,
    put: async (files, dir) => {
      const [folder = ''] = /^.*-postgres(?=$|\/)/.exec(dir) ?? []
      owners.set(folder, Math.max(owners.get(folder) ?? 0, (await stat(folder)).uid))
      return context.sut.put(files, dir)
    },
  }
  return { owners, context: { ...context, sut } }
}

test('root puts files into a folder of its own, which is the server’s account’s afterwards, with all in it', async () => {
  await using place = await localDeployment()
  const { owners, context } = watched(place)
  await oltpPostgres.deploy(context, oltpPostgres.params.parse({ scale: 1 }))
  expect([...owners.values()]).toEqual([0])
  const find = ['find', ...owners.keys(), '-user', '0', '-o', '-group', '0']
  expect(await place.host.exec(find)).toMatchObject({ code: 0, stdout: '', stderr: '' })
})
