import { readFile } from 'node:fs/promises'
import { JoulemarkError } from '../../model/error.ts'
import { type Hop, hopName } from './hop.ts'
import {
  blobType,
  fingerprint,
  judgeKey,
  type KnownHost,
  knownHostName,
  knownTypes,
  parseKnownHosts,
} from './known-hosts.ts'

/** Decides over the key that a hop shows. Made per connection attempt: `refusal` tells why after a `check` that gave false. */
export interface HostKeyCheck {
  /** Key types to ask for first (names as in known_hosts). */
  readonly types: readonly string[]
  check(key: Uint8Array): boolean
  refusal(): JoulemarkError | null
  /** Type and fingerprint of the key that was shown. */
  shown(): string
}

/** Reads the known_hosts files of a hop; those that are missing are left out. */
export async function hostKeyCheck(hop: Hop): Promise<HostKeyCheck> {
  const entries: KnownHost[] = []
  if (hop.pinned === undefined)
    for (const file of hop.knownHosts) entries.push(...parseKnownHosts(await readIfThere(file), file))
  const revoked = new Set<string>()
  for (const file of hop.revokedKeys) for (const key of await readRevoked(file)) revoked.add(key)
  const name = hop.hostKeyAlias?.toLowerCase() ?? knownHostName(hop.hostname, hop.port)
  let refusal: JoulemarkError | null = null
  let shown = ''
  return {
    types: knownTypes(entries, name),
    check(key) {
      shown = `${blobType(key)} ${fingerprint(key)}`
      if (revoked.has(Buffer.from(key).toString('base64'))) {
        const message = `${hopName(hop)} showed the key ${shown}, which ${hop.revokedKeys.join(', ')} revokes`
        refusal = refused('host-key-revoked', message, null, REVOKED_HINT)
        return false
      }
      refusal = hop.pinned === undefined ? judge(hop, entries, name, key) : pinned(hop, hop.pinned, key)
      return refusal === null
    },
    refusal: () => refusal,
    shown: () => shown,
  }
}

/** Keys (base64) of a file of RevokedHostKeys, ssh_config(5). As with ssh, no host is trusted when it can't be read; so with a binary list (KRL). */
async function readRevoked(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'latin1').catch((cause: unknown) => {
    throw revokedUnreadable(`${file}, which RevokedHostKeys names, can't be read`, cause)
  })
  if (text.startsWith('SSHKRL')) throw revokedUnreadable(`${file} is a binary list of revoked keys`, null)
  const lines = text.split('\n').filter(line => !line.trimStart().startsWith('#'))
  return lines.flatMap(line => line.split(/\s+/).filter(word => /^AAAA[A-Za-z0-9+/]+={0,2}$/.test(word)))
}

const revokedUnreadable = (message: string, cause: unknown): JoulemarkError =>
  new JoulemarkError({
    code: 'revoked-keys-unreadable',
    message,
    exit: 'usage',
    hint: 'Joulemark reads lists with one public key a line: name one in ssh_config (RevokedHostKeys)',
    cause,
  })

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return ''
    throw new JoulemarkError({
      code: 'known-hosts-unreadable',
      message: `${file} can't be read`,
      exit: 'usage',
      cause,
    })
  }
}

function pinned(hop: Hop, expected: string, key: Uint8Array): JoulemarkError | null {
  const shown = fingerprint(key)
  if (shown === expected.replace(/=+$/, '')) return null
  return new JoulemarkError({
    code: 'host-key-changed',
    message: `${hopName(hop)} showed the key ${blobType(key)} ${shown}, but the campaign file pins ${expected}`,
    exit: 'unreachable',
    hint: `make sure of the key on the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then change “host_key”`,
  })
}

function judge(
  hop: Hop,
  entries: readonly KnownHost[],
  name: string,
  key: Uint8Array,
): JoulemarkError | null {
  const verdict = judgeKey(entries, name, key)
  const shown = `${blobType(key)} ${fingerprint(key)}`
  const who = `${hopName(hop)} showed the key ${shown}`
  switch (verdict.verdict) {
    case 'known':
      return null
    case 'revoked':
      return refused('host-key-revoked', `${who}, which is revoked`, verdict.entry, REVOKED_HINT)
    case 'changed':
      return refused(
        'host-key-changed',
        `${who}, but known_hosts expects ${fingerprint(Buffer.from(verdict.entry.key, 'base64'))} for ${name}: somebody may stand between, or the machine was made anew`,
        verdict.entry,
        `if the machine was made anew, check the key there, then: ssh-keygen -R '${name}' -f '${verdict.entry.file}' and connect once with ssh`,
      )
    case 'unknown':
      return unknown(hop, name, who, verdict)
  }
}

function unknown(
  hop: Hop,
  name: string,
  who: string,
  verdict: { readonly otherTypes: readonly KnownHost[]; readonly authority: KnownHost | null },
): JoulemarkError {
  const [other] = verdict.otherTypes
  const why =
    other !== undefined
      ? `, but known_hosts has only a key of type ${other.keyType} for ${name}`
      : verdict.authority !== null
        ? `; known_hosts trusts a certificate authority for ${name}, and Joulemark can't check certificates of hosts`
        : `, and no known_hosts file has one for ${name}`
  return refused(
    'host-key-unknown',
    `${who}${why} (looked in ${hop.knownHosts.join(', ')})`,
    other ?? verdict.authority,
    `connect once with ssh and compare the fingerprint, or: ssh-keyscan -p ${hop.port} ${hop.hostname} >>${hop.knownHosts[0] ?? '~/.ssh/known_hosts'} after checking it on the machine, or pin it with “host_key: ${who.split(' ').at(-1) ?? ''}”`,
  )
}

const REVOKED_HINT =
  'this key must not be trusted any more: make new host keys on the machine (ssh-keygen -A) and learn those'

function refused(code: string, message: string, entry: KnownHost | null, hint: string): JoulemarkError {
  return new JoulemarkError({
    code,
    message,
    exit: 'unreachable',
    hint,
    ...(entry === null ? {} : { place: { file: entry.file, line: entry.line } }),
  })
}
