import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import type { TargetConnection } from '../../../harness/model/connection.ts'
import type { Role } from '../../../harness/model/target.ts'
import { connectTarget, targetKinds } from '../../../harness/targets/registry.ts'

const connect = (
  connection: TargetConnection,
  hosts: readonly { id: string; roles: Role[] }[],
  env = process.env,
) =>
  connectTarget({
    planned: {
      id: 't',
      kind: connection.kind,
      become: 'none',
      hosts: hosts.map(host => ({ ...host, assumed: {} })),
    },
    connection,
    readSecret: async () => 'secret',
    env,
  })

const here = { kind: 'local', become: 'none' } as const

test('kinds are sorted, and each knows its own id', () => {
  const ids = [...targetKinds.keys()]
  expect(ids).toEqual([...ids].sort())
  for (const [id, kind] of targetKinds) expect(kind.id).toBe(id)
})

test('the host in a role is found; one host may have both', async () => {
  await using two = await connect(here, [
    { id: 'a', roles: ['loadgen'] },
    { id: 'b', roles: ['sut'] },
  ])
  expect([two.host('sut').id, two.host('loadgen').id]).toEqual(['b', 'a'])
  await using one = await connect(here, [{ id: 'a', roles: ['sut'] }])
  expect(one.host('loadgen').id).toBe('a')
  await using none = await connect(here, [{ id: 'a', roles: ['meter'] }])
  expect(() => none.host('sut')).toThrow(/no host in the role sut/)
})

test('ssh connects nowhere before it is asked to, and wants every host told', async () => {
  const connection = { kind: 'ssh', become: 'none', hosts: { a: { address: '192.0.2.1' } } } as const
  await using target = await connect(connection, [{ id: 'a', roles: ['sut'] }])
  expect(target.hosts.size).toBe(1)
  await expect(connect(connection, [{ id: 'b', roles: ['sut'] }])).rejects.toMatchObject({
    code: 'no-connection',
  })
})

test('a child on this machine sees none of our secrets', async () => {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), INFLUX_TOKEN: 'hidden', AWS_SECRET: 'hidden' }
  await using target = await connect(here, [{ id: 'a', roles: ['sut'] }], env)
  const exit = await target.host('sut').exec(['sh', '-c', 'env; tr "\\0" "\\n" </proc/$PPID/cmdline'])
  expect(exit.stdout).toContain('LC_ALL=C\n')
  expect(exit.stdout).not.toContain('hidden')
})

test('a command here ends at its deadline with the children it started', async () => {
  await using target = await connect(here, [{ id: 'a', roles: ['sut'] }])
  const slow = target.host('sut').exec(['sh', '-c', 'sleep 300 & wait'], { deadlineSeconds: 0.3 })
  await expect(slow).rejects.toMatchObject({ code: 'deadline' })
  const left = await target
    .host('sut')
    .exec(['sh', '-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -c "sleep 300 & wai[t]"'])
  expect(left.stdout).toBe('0\n')
})
