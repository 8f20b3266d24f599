import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ToolMissing, type ToolNeed } from '../../../../harness/model/workload.ts'
import { type ChrootHost, chrootHost } from '../../../support/chroot-host.ts'
import { deploymentOn, type TestDeployment } from '../../../support/local-deployment.ts'

const NGINX: ToolNeed = {
  name: 'nginx',
  programs: ['nginx'],
  versionArgs: ['-v'],
  versionPattern: /nginx\/([0-9][0-9.]*)/,
  packages: { apt: ['nginx-light'] },
}
const POLICY = 'usr/sbin/policy-rc.d'

let place: ChrootHost
beforeAll(async () => {
  place = await chrootHost()
}, 600_000)
afterAll(async () => place[Symbol.asyncDispose]())

const packagesOf = async (): Promise<string> => {
  const exit = await place.host.exec(['dpkg-query', '-W', '-f=${Package} ${db:Status-Status}\n'])
  return exit.stdout
}
const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
const installLog = (run: TestDeployment): Promise<string> =>
  readFile(join(place.root, run.dir, 'packages/install/log'), 'utf8')

test('never: nothing is installed', async () => {
  await using run = await deploymentOn(place.host)
  await expect(run.deployment.context.need(place.host, NGINX)).rejects.toBeInstanceOf(ToolMissing)
  expect(run.ledger).toHaveLength(1)
})

test('a package that no distribution has is missing, with its name', async () => {
  await using run = await deploymentOn(place.host, { install: 'allow' })
  const need = { ...NGINX, packages: { apt: ['jm-no-such-package'] } }
  await expect(run.deployment.context.need(place.host, need)).rejects.toMatchObject({
    tool: 'nginx',
    hint: expect.stringContaining('jm-no-such-package'),
  })
})

test('installed without its service being started, listed, ledgered first, and purged again', async () => {
  const before = await packagesOf()
  await using run = await deploymentOn(place.host, { install: 'allow', purge: true })
  const found = await run.deployment.context.need(place.host, NGINX)
  expect(found).toMatchObject({ path: '/usr/sbin/nginx', copied: false })
  expect(await installLog(run)).toContain('denied')
  expect(await isThere(join(place.root, POLICY))).toBe(false)
  const { installed } = run.deployment.found()
  const after = new Set((await packagesOf()).split('\n'))
  const fresh = [...after].filter(line => !before.split('\n').includes(line)).map(line => line.split(' ')[0])
  expect(installed).toEqual([
    {
      host: 'chroot',
      manager: 'apt',
      names: fresh.toSorted((a = '', b = '') => (a < b ? -1 : 1)),
      kept: false,
    },
  ])
  expect(run.ledger.filter(line => line.remover === 'packages')).toHaveLength(1)
  await run.tearDown()
  expect(await packagesOf()).toBe(before)
})

test("somebody else's policy that lets services start is covered, not changed", async () => {
  const policy = '#!/bin/sh\nexit 0\n'
  await writeFile(join(place.root, POLICY), policy, { mode: 0o755 })
  await using run = await deploymentOn(place.host, { install: 'allow', purge: false })
  await run.deployment.context.need(place.host, NGINX)
  expect(await installLog(run)).toContain('denied')
  expect(await readFile(join(place.root, POLICY), 'utf8')).toBe(policy)
  expect(run.deployment.found().installed).toMatchObject([{ kept: true }])
  expect(await run.tearDown()).toContain('kept')
  expect(await isThere(join(place.root, 'usr/sbin/nginx'))).toBe(true)
})
