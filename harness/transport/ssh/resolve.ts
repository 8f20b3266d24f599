import { homedir, userInfo } from 'node:os'
import { isAbsolute, resolve as resolvePath } from 'node:path'
import type { SshConnection } from '../../model/connection.ts'
import { JoulemarkError } from '../../model/error.ts'
import { type Hop, hopName } from './hop.ts'
import { askSshConfig, expandPath, parseJump, type SshSettings } from './ssh-config.ts'

/** Longer ways than this are a loop. */
const MAX_HOPS = 16
const CONNECT_SECONDS = 20

export interface ResolveOptions {
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A host of the campaign → the hops to it, the host itself last. Explicit fields win over ssh_config. */
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
  return checked([...(await followProxyJump(proxyJump, connection, o, 0)), hop])
}

async function followProxyJump(
  proxyJump: string | undefined,
  from: SshConnection,
  o: ResolveOptions,
  depth: number,
): Promise<Hop[]> {
  if (proxyJump === undefined || proxyJump === 'none') return []
  if (depth > MAX_HOPS) throw tooManyHops(from.address)
  const hops: Hop[] = []
  for (const [index, text] of proxyJump.split(',').entries()) {
    const jump: SshConnection = { ...parseJump(text), ...inherited(from) }
    const { hop, proxyJump: before } = await resolveOne(jump, o)
    if (index === 0) hops.push(...(await followProxyJump(before, jump, o, depth + 1)))
    hops.push(hop)
  }
  return hops
}

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
  const names = hops.map(hopName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (hops.length > MAX_HOPS || twice !== undefined) throw tooManyHops(names.at(-1) ?? '')
  return hops
}

const tooManyHops = (address: string) =>
  new JoulemarkError({
    code: 'jump-loop',
    message: `the jump hosts to ${address} lead in a circle, or are more than ${MAX_HOPS}`,
    exit: 'usage',
  })

const proxyCommand = (address: string) =>
  new JoulemarkError({
    code: 'proxy-command',
    message: `the ssh_config reaches ${address} by a ProxyCommand, which Joulemark does not run`,
    exit: 'usage',
    hint: 'use ProxyJump there, or name “jump” hosts in the campaign file',
  })
