import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Hop } from '../../../../harness/transport/ssh/hop.ts'
import { hostKeyCheck } from '../../../../harness/transport/ssh/host-key.ts'

/** The wire form of an Ed25519 key (RFC 8709): type and 32 bytes, each with its length. */
function ed25519(fill: number): Buffer {
  const type = Buffer.from('ssh-ed25519')
  const length = (of: number) => Buffer.from([0, 0, 0, of])
  return Buffer.concat([length(type.length), type, length(32), Buffer.alloc(32, fill)])
}

test('a key that a list of RevokedHostKeys names is refused, though known_hosts knows it; a list that can not be read trusts no host', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-revoked-'))
  try {
    const [good, bad] = [ed25519(1), ed25519(2)]
    const line = (key: Buffer) => `ssh-ed25519 ${key.toString('base64')} of a host\n`
    await writeFile(join(dir, 'known'), `web ${line(good)}web ${line(bad)}`)
    await writeFile(join(dir, 'revoked'), `# no longer\n${line(bad)}`)
    await writeFile(join(dir, 'binary'), 'SSHKRL\n\0')
    const hop: Hop = {
      alias: 'web',
      hostname: 'web',
      port: 22,
      user: 'me',
      identities: [],
      identitiesOnly: true,
      identityRequired: false,
      passphrase: undefined,
      agent: null,
      pinned: undefined,
      knownHosts: [join(dir, 'known')],
      revokedKeys: [join(dir, 'revoked')],
      hostKeyAlias: undefined,
      connectSeconds: 1,
      notes: [],
    }
    const check = await hostKeyCheck(hop)
    expect(check.check(good)).toBe(true)
    expect(check.check(bad)).toBe(false)
    expect(check.refusal()).toMatchObject({ code: 'host-key-revoked', exit: 'unreachable' })
    for (const name of ['binary', 'missing'])
      await expect(hostKeyCheck({ ...hop, revokedKeys: [join(dir, name)] })).rejects.toMatchObject({
        code: 'revoked-keys-unreadable',
      })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
