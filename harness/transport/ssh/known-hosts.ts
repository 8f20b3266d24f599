import { createHash, createHmac } from 'node:crypto'

/** One line of a known_hosts file (sshd(8), “SSH_KNOWN_HOSTS FILE FORMAT”). */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly marker: 'none' | 'revoked' | 'cert-authority'
  /** The names field as written: patterns, or one hashed name. */
  readonly names: string
  readonly keyType: string
  /** The key as base64. */
  readonly key: string
}

/** Text of a known_hosts file → its entries. Empty lines, comments and lines that are none are left out. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const fields = raw.trim().split(/[ \t]+/)
    const marker = MARKERS[fields[0] ?? '']
    if (marker !== undefined) fields.shift()
    const [names = '', keyType = '', key = ''] = fields
    if (names === '' || names.startsWith('#') || names.startsWith('@') || !/^[A-Za-z0-9+/]+={0,2}$/.test(key))
      return []
    return [{ file, line: index + 1, marker: marker ?? 'none', names, keyType, key }]
  })
}

const MARKERS: Readonly<Record<string, KnownHost['marker']>> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
}

/** The name under which a host stands in known_hosts: `[host]:port` unless the port is 22. */
export const knownHostName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`

/** True when the entry's names mean this name (of knownHostName). A negated pattern that matches wins. */
export function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|')) return hashedNameMatches(names, name)
  const patterns = names.toLowerCase().split(',')
  const matches = (pattern: string) => globMatches(pattern, name)
  if (patterns.some(pattern => pattern.startsWith('!') && matches(pattern.slice(1)))) return false
  return patterns.some(pattern => !pattern.startsWith('!') && matches(pattern))
}

/** `|1|salt|hash`: hash = HMAC-SHA1 with the salt as key over the name. */
function hashedNameMatches(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split('|')
  if (version !== '1' || salt === undefined || hash === undefined) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

/**
 * `*` any text, `?` any one character; all else, brackets too, stands for itself. Never more than pattern × name steps: a mismatch lets only
 * the last `*` take one character more, since whatever an earlier one could take, the last can.
 */
function globMatches(pattern: string, name: string): boolean {
  let at = 0
  let star: { readonly pattern: number; name: number } | null = null
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === '*') star = { pattern: ++at, name: i }
    else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[i])) {
      at += 1
      i += 1
    } else if (star !== null) {
      at = star.pattern
      i = star.name += 1
    } else return false
  }
  while (pattern[at] === '*') at += 1
  return at === pattern.length
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export const fingerprint = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`

/** Type name that a key blob begins with (RFC 4253, 6.6). */
export function blobType(key: Uint8Array): string {
  const bytes = Buffer.from(key)
  return bytes.length < 4 ? 'unknown' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1')
}

export type KeyVerdict =
  | { readonly verdict: 'known'; readonly entry: KnownHost }
  | { readonly verdict: 'revoked'; readonly entry: KnownHost }
  /** Another key of the same type stands there. */
  | { readonly verdict: 'changed'; readonly entry: KnownHost }
  /** `otherTypes`: entries of the host with keys of other types; `authority`: a line that trusts certificates. */
  | {
      readonly verdict: 'unknown'
      readonly otherTypes: readonly KnownHost[]
      readonly authority: KnownHost | null
    }

/** What known_hosts say of the key that a host showed. */
export function judgeKey(entries: readonly KnownHost[], name: string, shown: Uint8Array): KeyVerdict {
  const key = Buffer.from(shown).toString('base64')
  const type = blobType(shown)
  const own = entries.filter(entry => namesMatch(entry.names, name))
  const revoked = own.find(entry => entry.marker === 'revoked' && sameKey(entry.key, key))
  if (revoked !== undefined) return { verdict: 'revoked', entry: revoked }
  const plain = own.filter(entry => entry.marker === 'none')
  const known = plain.find(entry => sameKey(entry.key, key))
  if (known !== undefined) return { verdict: 'known', entry: known }
  const changed = plain.find(entry => entry.keyType === type)
  if (changed !== undefined) return { verdict: 'changed', entry: changed }
  return {
    verdict: 'unknown',
    otherTypes: plain,
    authority: own.find(entry => entry.marker === 'cert-authority') ?? null,
  }
}

const sameKey = (a: string, b: string) => a.replace(/=+$/, '') === b.replace(/=+$/, '')

/** Types of the keys known for a host, so that they can be asked for first. */
export const knownTypes = (entries: readonly KnownHost[], name: string): readonly string[] => [
  ...new Set(
    entries
      .filter(entry => entry.marker === 'none' && namesMatch(entry.names, name))
      .map(entry => entry.keyType),
  ),
]
