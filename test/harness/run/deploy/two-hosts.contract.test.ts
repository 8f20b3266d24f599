import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { SshConnection } from '../../../../harness/model/connection.ts'
import type { Target } from '../../../../harness/model/target.ts'
import { connectTarget } from '../../../../harness/targets/registry.ts'
import { oltpPostgres } from '../../../../workloads/oltp-postgres/workload.ts'
import { webStatic } from '../../../../workloads/web-static/workload.ts'
import { k6Path } from '../../../support/k6-path.ts'
import { deploymentOn, runLoad } from '../../../support/local-deployment.ts'
import { filesOf, readFacts, readWork } from '../../../support/work-files.ts'
import { startHosts, type TestHosts } from '../../../testbed/hosts.ts'

const connect = (hosts: TestHosts): Promise<Target> => {
  const reach = (name: string): SshConnection => ({
    address: hosts.hosts.get(name)?.address ?? '',
    user: 'root',
    identity: `${hosts.sshFolder}/id_ed25519`,
    knownHosts: `${hosts.sshFolder}/known_hosts`,
    config: 'none',
  })
  return connectTarget({
    planned: {
      id: 'pair',
      kind: 'ssh',
      hosts: [
        { id: 'server', roles: ['sut'], assumed: {} },
        { id: 'load', roles: ['loadgen'], assumed: {} },
      ],
      become: 'none',
    },
    connection: { kind: 'ssh', become: 'none', hosts: { server: reach('server'), load: reach('load') } },
    readSecret: async () => '',
    env: process.env,
  })
}

const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

test.each([
  ['web-static', webStatic, { rate: 40, files: 2 }],
  ['oltp-postgres', oltpPostgres, { rate: 30, scale: 1 }],
] as const)(
  '%s: the load comes from another host, to an address of the sut alone',
  async (_, workload, given) => {
    await using hosts = await startHosts(['server', 'load'])
    const before = await hosts.snapshot('test')
    await using target = await connect(hosts)
    const controllerTools = new Map([['k6', await k6Path()]])
    const [sut, loadgen] = [target.host('sut'), target.host('loadgen')]
    {
      await using place = await deploymentOn(sut, { loadgen, controllerTools, env: { PATH: '' } })
      const { context } = place.deployment
      const deployed = await workload.deploy(context, workload.params.parse(given) as never)
      expect(await context.sutAddress()).toBe(hosts.hosts.get('server')?.address)
      const exitCode = await runLoad(place, deployed, 5)
      const contents: Record<string, Buffer> = {}
      for (const { host, path, name } of deployed.workFiles) {
        const from = host === sut.id ? sut : loadgen
        contents[name] = await bytesOf(from.fetch(path, 100_000_000))
      }
      const raw = contents['k6.json.gz']
      if (raw !== undefined) contents['k6.json.gz'] = gunzipSync(raw)
      const work = await readWork(workload.reader, filesOf(contents))
      expect(work.length).toBeGreaterThan(80)
      expect(work.filter(piece => !piece.ok)).toEqual([])
      expect(await readFacts(workload.reader, filesOf(contents), exitCode)).toMatchObject({
        wrong: 0,
        findings: [],
      })
      expect(place.findings.filter(finding => finding.code === 'CHILDREN_LOST')).toEqual([])
    }
    expect(await hosts.snapshot('test')).toEqual(before)
  },
)
