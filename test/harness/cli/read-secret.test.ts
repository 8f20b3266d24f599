import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { secretReader } from '../../../harness/cli/read-secret.ts'
import type { TargetConnection } from '../../../harness/model/connection.ts'

const influx = { url: 'http://127.0.0.1:1', org: 'o', bucket: 'b', token: { env: 'TOKEN' } }
const target: TargetConnection = {
  kind: 'ssh',
  become: 'sudo',
  becomePassword: { env: 'SUDO' },
  hosts: { web: { address: 'web', jump: [{ address: 'hop', passphrase: { env: 'HOP' } }] } },
}

test('variables that hold secrets leave the environment, others stay', async () => {
  const env: Record<string, string | undefined> = { TOKEN: 't', SUDO: 's', HOP: 'h', PATH: '/bin' }
  const read = secretReader(env, { targets: [target], influx })
  expect(env).toEqual({ PATH: '/bin' })
  expect(await Promise.all([read({ env: 'TOKEN' }), read({ env: 'SUDO' }), read({ env: 'HOP' })])).toEqual([
    't',
    's',
    'h',
  ])
  await expect(read({ env: 'PATH' })).rejects.toThrow('PATH is not set')
})

test("a file's first line is the secret; one that others may read is refused when it is read", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-secret-'))
  try {
    const file = join(folder, 'token')
    await writeFile(file, 'first line\r\nsecond\n', { mode: 0o600 })
    const read = secretReader({}, { targets: [], influx: null })
    expect(await read({ file })).toBe('first line')
    await chmod(file, 0o604)
    await expect(read({ file })).rejects.toThrow('may be read by others')
    await expect(read({ file: join(folder, 'none') })).rejects.toThrow('can not be opened (ENOENT)')
  } finally {
    await rm(folder, { recursive: true })
  }
})
