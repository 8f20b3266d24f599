import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { oltpPostgres } from '../../workloads/oltp-postgres/workload.ts'
import { webStatic } from '../../workloads/web-static/workload.ts'
import { k6Path } from '../support/k6-path.ts'
import { localDeployment, pidsOf } from '../support/local-deployment.ts'

const started = async (pid: number): Promise<string | undefined> =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19]

test('servers that run already are the same after another deployment came and went', async () => {
  const controllerTools = new Map([['k6', await k6Path()]])
  await using first = await localDeployment({ controllerTools })
  const before = await oltpPostgres.deploy(first.deployment.context, oltpPostgres.params.parse({ scale: 1 }))
  const web = await webStatic.deploy(first.deployment.context, webStatic.params.parse({ files: 1 }))
  const services = [...before.services, ...web.services].filter(({ id }) => id !== 'loadgen')
  const pids = (await Promise.all(services.map(pidsOf))).map(([pid]) => pid ?? 0)
  const times = await Promise.all(pids.map(started))
  {
    await using second = await localDeployment({ controllerTools })
    await oltpPostgres.deploy(second.deployment.context, oltpPostgres.params.parse({ scale: 1 }))
    await webStatic.deploy(second.deployment.context, webStatic.params.parse({ files: 1 }))
  }
  expect(await Promise.all(pids.map(started))).toEqual(times)
  expect(times).not.toContain(undefined)
})
