import { homedir, userInfo } from 'node:os'
import { isAbsolute, resolve as resolvePath } from 'node:path'
import type { SshConnection } from '../../model/connection.ts'
import { JoulemarkError } from '../../model/error.ts'
import { type Hop, hopName } from './hop.ts'
import { askSshConfig, expandPath, parseJump, type SshSettings } from './ssh-config.ts'

/** Hosts on one way, the last included. No real way is longer; a loop that does not look like one ends here. */
const MAX_HOPS = 16
const CONNECT_SECONDS = 20

export interface ResolveOptions {
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * A host of the campaign → the hops to it, the host itself last. Explicit fields win over ssh_config.
 * Throws `jump-loop` where ProxyJump leads back to a host that it came from, or the way has more than 16 hosts.
 */
export async function resolveHops(connection: SshConnection, o: ResolveOptions): Promise<readonly Hop[]> {
  const { hop, proxyJump } = await resolveOne(connection, o)
  if (connection.jump !== undefined) {
    const jumps: Hop[] = []
    for (const [index, jump] of connection.jump.entries()) {
      // Only the first is reached from here: what the ssh_config says of the way to it counts, of the others not.
      const way = index === 0 ? await resolveHops(jump, o) : [(await resolveOne(jump, o)).hop]
      jumps.push(...way)
    }
    return checked([...jumps, hop])
  }
  return checked([...(await followProxyJump(proxyJump, [connection], o)), hop])
}

/** `trail`: whose ProxyJump led here, the campaign's host first. ssh_config answers the same question alike, so that one asked twice is a circle. */
async function followProxyJump(
  proxyJump: string | undefined,
  trail: readonly [SshConnection, ...SshConnection[]],
  o: ResolveOptions,
): Promise<Hop[]> {
  if (proxyJump === undefined || proxyJump === 'none') return []
  const names = trail.map(question)
  if (trail.length > MAX_HOPS || new Set(names).size < names.length) throw jumpLoop(names)
  const hops: Hop[] = []
  for (const [index, text] of proxyJump.split(',').entries()) {
    const jump: SshConnection = { ...parseJump(text), ...inherited(trail[0]) }
    const { hop, proxyJump: before } = await resolveOne(jump, o)
    if (index === 0) hops.push(...(await followProxyJump(before, [...trail, jump], o)))
    hops.push(hop)
  }
  return hops
}

/** What ssh_config is asked of a host. Two hosts of a way may well have one address, each in a network of its own: that is no circle. */
const question = ({ user, address, port }: SshConnection): string =>
  `${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`

/** What a jump host of the ssh_config takes from the campaign's host: where keys of hosts are known, and the file itself. */
const inherited = (from: SshConnection): Partial<SshConnection> => ({
  ...(from.config === undefined ? {} : { config: from.config }),
  ...(from.knownHosts === undefined ? {} : { knownHosts: from.knownHosts }),
})

async function resolveOne(
  connection: SshConnection,
  o: ResolveOptions,
): Promise<{ readonly hop: Hop; readonly proxyJump: string | undefined }> {
  const { address, user, port, config } = connection
  if (address === '' || address.startsWith('-') || /[\s\0]/.test(address))
    throw new JoulemarkError({
      code: 'bad-address',
      message: `${JSON.stringify(address)} can't be an address`,
      exit: 'usage',
    })
  const settings = config === 'none' ? null : await askSshConfig({ address, user, port, config, env: o.env })
  const notes = settings === null && config !== 'none' ? [NO_SSH] : []
  const one = (key: string) => settings?.get(key)?.[0]
  const command = one('proxycommand')
  if (command !== undefined && command !== 'none' && connection.jump === undefined)
    throw proxyCommand(address)
  const base = {
    alias: address,
    hostname: one('hostname') ?? address,
    port: port ?? Number(one('port') ?? 22),
    user: user ?? one('user') ?? userInfo().username,
  }
  return {
    hop: { ...base, ...keys(connection, settings, base, o), ...hostKeys(connection, settings, base), notes },
    proxyJump: one('proxyjump'),
  }
}

type Base = Pick<Hop, 'alias' | 'hostname' | 'port' | 'user'>

const tokensOf = (base: Base): Readonly<Record<string, string>> => ({
  d: homedir(),
  u: userInfo().username,
  h: base.hostname,
  p: String(base.port),
  r: base.user,
  n: base.alias,
})

function keys(connection: SshConnection, settings: SshSettings | null, base: Base, o: ResolveOptions) {
  const named = connection.identity
  const expand = (path: string) => absolute(expandPath(path, tokensOf(base)))
  const configured = settings?.get('identityfile') ?? [
    '~/.ssh/id_ed25519',
    '~/.ssh/id_ecdsa',
    '~/.ssh/id_rsa',
  ]
  return {
    identities:
      named === undefined ? configured.filter(path => path !== 'none').map(expand) : [expand(named)],
    identitiesOnly: named !== undefined || settings?.get('identitiesonly')?.[0] === 'yes',
    identityRequired: named !== undefined,
    passphrase: connection.passphrase,
    agent: agentSocket(settings?.get('identityagent')?.[0], o.env, expand),
  }
}

function agentSocket(
  configured: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  expand: (path: string) => string,
): string | null {
  if (configured === 'none') return null
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') return env.SSH_AUTH_SOCK || null
  if (configured.startsWith('$')) return env[configured.replace(/[${}]/g, '')] || null
  return expand(configured)
}

function hostKeys(connection: SshConnection, settings: SshSettings | null, base: Base) {
  const expand = (path: string) => absolute(expandPath(path, tokensOf(base)))
  const user = settings?.get('userknownhostsfile')?.[0] ?? '~/.ssh/known_hosts'
  const global = settings?.get('globalknownhostsfile')?.[0] ?? '/etc/ssh/ssh_known_hosts'
  const files = [...user.split(' '), ...global.split(' ')].filter(path => path !== '' && path !== 'none')
  const timeout = Number(settings?.get('connecttimeout')?.[0])
  return {
    pinned: connection.hostKey,
    knownHosts: connection.knownHosts === undefined ? files.map(expand) : [expand(connection.knownHosts)],
    revokedKeys: (settings?.get('revokedhostkeys') ?? []).filter(path => path !== 'none').map(expand),
    hostKeyAlias: settings?.get('hostkeyalias')?.[0],
    connectSeconds: Number.isFinite(timeout) && timeout > 0 ? timeout : CONNECT_SECONDS,
  }
}

const absolute = (path: string) => (isAbsolute(path) ? path : resolvePath(path))

const NO_SSH =
  'no ssh program here, so no ssh_config was read: the campaign file alone says how the host is reached'

function checked(hops: readonly Hop[]): readonly Hop[] {
  if (hops.length > MAX_HOPS) throw jumpLoop(hops.map(hopName))
  return hops
}

const jumpLoop = (way: readonly string[]) =>
  new JoulemarkError({
    code: 'jump-loop',
    message: `the jump hosts lead in a circle, or are too many: ${way.join(', ')}`,
    exit: 'usage',
    hint: `a ProxyJump of the ssh_config may not lead back to a host it came from, and a way has at most ${MAX_HOPS} hosts; “ssh -G HOST” says what a host's ProxyJump is, and “jump” in the campaign file replaces it`,
  })

const proxyCommand = (address: string) =>
  new JoulemarkError({
    code: 'proxy-command',
    message: `the ssh_config reaches ${address} by a ProxyCommand, which Joulemark does not run`,
    exit: 'usage',
    hint: 'use ProxyJump there, or name “jump” hosts in the campaign file',
  })
