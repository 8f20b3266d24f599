import { expect, test } from 'vitest'
import { oltpPostgres } from '../../../workloads/oltp-postgres/workload.ts'
import { localDeployment, runLoad, workFilesOf } from '../../support/local-deployment.ts'
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
