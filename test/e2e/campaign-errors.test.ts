// A campaign file that is wrong: every command says where and what, and does nothing else. Nobody is called.
import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Folder, joulemark, scratch } from './support/command.ts'

const SET = 'JOULEMARK_TEST_TOKEN'
const ABSENT = 'JOULEMARK_TEST_ABSENT_TOKEN'

/** A sound file; hosts and database are where we listen. */
const sound = (port: number): string => `schema: joulemark/v1
name: e2e-errors
protocol:
  repetitions: 3
collectors:
  rate: 1
targets:
  - id: cloud-a
    kind: ssh
    hosts:
      web: { address: 127.0.0.1, port: ${port} }
      load: { address: 127.0.0.1, port: ${port} }
    roles:
      sut: web
      loadgen: load
workloads:
  - id: idle
influx:
  url: http://127.0.0.1:${port}
  org: bench
  bucket: runs
  token: { env: ${SET} }
`

type Break = readonly [from: string, to: string, problem: string]

const UNKNOWN_KEY: Break = [
  'web: { address',
  'web: { usr: bench, address',
  '11:14  targets[0].hosts.web.usr: unknown key. Did you mean "user"? Allowed: address, port, user, identity, passphrase, host_key, known_hosts, config, jump, assume',
]
const WRONG_TYPE: Break = [
  'repetitions: 3',
  'repetitions: three',
  '4:16  protocol.repetitions: expected a whole number, found "three"',
]
const OUT_OF_RANGE: Break = [
  'rate: 1',
  'rate: 50',
  '6:9  collectors.rate: 50 is out of range. Allowed: 0.1 to 10',
]
const UNDEFINED_HOST: Break = [
  'loadgen: load',
  'loadgen: laod',
  '15:16  targets[0].roles.loadgen: "laod" is not a host of this target. Did you mean "load"? Allowed: web, load',
]
const MISSING_SECRET: Break = [
  SET,
  ABSENT,
  `22:17  influx.token.env: the environment variable ${ABSENT} is not set`,
]

let folder: Folder
let connections = 0
const listener = createServer(socket => {
  connections += 1
  socket.destroy()
})
let port = 0

beforeAll(async () => {
  folder = await scratch('errors')
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  port = address.port
})
afterAll(async () => {
  listener.close()
  await folder[Symbol.asyncDispose]()
})

async function file(name: string, breaks: readonly Break[]): Promise<string> {
  const text = breaks.reduce((before, [from, to]) => {
    expect(before.split(from), from).toHaveLength(2)
    return before.replace(from, to)
  }, sound(port))
  const at = path.join(folder.path, name)
  await writeFile(at, text)
  return at
}

const call = (...args: string[]) => joulemark(args, { cwd: folder.path, env: { [SET]: 'a token' } })

test.each<readonly [string, readonly Break[]]>([
  ['an unknown key', [UNKNOWN_KEY]],
  ['a wrong type', [WRONG_TYPE]],
  ['a value out of range', [OUT_OF_RANGE]],
  ['a role that names an undefined host', [UNDEFINED_HOST]],
  ['a missing secret', [MISSING_SECRET]],
  ['all five', [WRONG_TYPE, OUT_OF_RANGE, UNKNOWN_KEY, UNDEFINED_HOST, MISSING_SECRET]],
])('%s: plan, check and run tell each by line and column, and call nobody', async (_what, breaks) => {
  const at = await file('broken.yaml', breaks)
  const problems = breaks.map(([, , problem]) => `${at}:${problem}\n`).join('')
  const before = await readdir(folder.path)
  for (const command of ['plan', 'check', 'run'])
    expect(await call(command, at), command).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `${problems}  Nothing was started.`,
    })
  expect(await readdir(folder.path)).toEqual(before)
  expect(connections).toBe(0)
})

test('the same file without mistakes is planned without calling anybody, and check calls', async () => {
  const at = await file('sound.yaml', [])
  const before = await readdir(folder.path)
  expect(await call('plan', at)).toMatchObject({ code: 0, stderr: '' })
  expect(await readdir(folder.path)).toEqual(before)
  expect(connections).toBe(0)
  expect((await call('check', at)).code).not.toBe(0)
  expect(connections).toBeGreaterThan(0)
})
