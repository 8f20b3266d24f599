import { readFile, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { ToolMissing } from '../../../../harness/model/workload.ts'
import { localDeployment, pidsOf } from '../../../support/local-deployment.ts'
import { tracesOf } from '../../../support/traces.ts'

test('a service runs in its cgroup with its children, outlives a hush, and goes with the ledger', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const service = await context.service(place.host, 'sleeper', ['sh', '-c', 'sleep 300 & sleep 301; true'])
  await place.host.hush()
  await expect.poll(async () => (await pidsOf(service)).length, { timeout: 5000 }).toBe(3)
  expect(place.ledger.map(line => line.remover)).toEqual(['directory', 'cgroup', 'detached'])
  expect(await place.tearDown()).toEqual(['removed', 'removed', 'removed'])
  expect(await tracesOf(place.campaign)).toEqual([])
})

test('without a cgroup it is the process tree, and that children are lost is a finding', async () => {
  await using place = await localDeployment({
    pretend: facts => ({ ...facts, cgroup: { ...facts.cgroup, writable: {} } }),
  })
  const { context } = place.deployment
  const service = await context.service(place.host, 'sleeper', ['sleep', '300'])
  expect(service.watch.by).toBe('tree')
  const [pid] = await pidsOf(service)
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x00300\x00')
  expect(place.findings).toEqual([{ code: 'CHILDREN_LOST', host: 'here', values: { service: 'sleeper' } }])
})

test('a service that ends at once is an error that says what it said', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const start = context.service(place.host, 'broken', ['sh', '-c', 'echo no such luck >&2; exit 3'], {
    ready: ['false'],
  })
  await expect(start).rejects.toMatchObject({
    code: 'service-not-ready',
    message: expect.stringContaining('no such luck'),
  })
})

test('a service that never gets ready is an error after its deadline', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const start = context.service(place.host, 'slow', ['sleep', '300'], {
    ready: ['false'],
    deadlineSeconds: 1,
  })
  await expect(start).rejects.toMatchObject({ code: 'service-not-ready' })
})

test('a private folder is ours until it is handed over to its unprivileged user, and a service runs as him there', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const dir = await context.privateDir(place.host, 'home', ['no-such-user', 'nobody', 'root'])
  expect(dir.user).toBe('nobody')
  expect(await stat(dir.path)).toMatchObject({ uid: 0, gid: 0 })
  expect(((await stat(dir.path)).mode & 0o777).toString(8)).toBe('700')
  await place.host.exec(['chown', '-hR', '--', 'nobody:', dir.path])
  const service = await context.service(place.host, 'mine', ['sleep', '300'], {
    user: 'nobody',
    cwd: dir.path,
  })
  const [pid] = await pidsOf(service)
  expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m)
  expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Gid:\t65534\t65534/m)
  await place.tearDown()
  expect(await tracesOf(place.campaign)).toEqual([])
})

test('argv reaches a service as it is, whatever stands in it', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const words = ['-n', "it's", 'a b\nc', '$HOME', 'ü', '']
  const argv = ['sh', '-c', 'printf "%s|" "$@" >"$0"; exec sleep 300', `${place.dir}/words`, ...words]
  await context.service(place.host, 'words', argv, { ready: ['test', '-s', `${place.dir}/words`] })
  expect(await readFile(`${place.dir}/words`, 'utf8')).toBe(`${words.join('|')}|`)
})

test('ports are free and each is given once; secrets differ', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const ports = [await context.freePort(place.host), await context.freePort(place.host)]
  expect(new Set(ports).size).toBe(2)
  expect(context.secret()).toMatch(/^[0-9a-f]{32}$/)
  expect(context.secret()).not.toBe(context.secret())
  expect(await context.sutAddress()).toBe('127.0.0.1')
})

test('a tool is found by a glob before PATH, with its version; a missing one names itself', async () => {
  await using place = await localDeployment()
  const { context } = place.deployment
  const sh = {
    name: 'shell',
    programs: ['sh'],
    versionArgs: ['-c', 'echo shell 1.2'],
    versionPattern: /shell (.*)/,
  }
  const found = await context.need(place.host, { ...sh, paths: ['/bin/das*'] })
  expect(found).toEqual({ name: 'shell', host: 'here', version: '1.2', path: '/bin/dash', copied: false })
  const missing = context.need(place.host, {
    ...sh,
    name: 'jm-none',
    programs: ['jm-none'],
    packages: { apt: ['x'] },
  })
  await expect(missing).rejects.toBeInstanceOf(ToolMissing)
  await expect(missing).rejects.toMatchObject({ hint: expect.stringContaining('deploy.install: allow') })
})
