import { homedir } from 'node:os'
import { execa } from 'execa'
import { JoulemarkError } from '../../model/error.ts'

/** What `ssh -G` says of a host: keys in lower case, values in order. */
export type SshSettings = ReadonlyMap<string, readonly string[]>

const SSH_SECONDS = 20

export interface AskConfig {
  readonly address: string
  readonly user?: string | undefined
  readonly port?: number | undefined
  /** File instead of the user's own. */
  readonly config?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Asks the ssh binary for its settings of a host; null: there is no such binary. Error: it refuses its configuration. */
export async function askSshConfig(o: AskConfig): Promise<SshSettings | null> {
  const args = [
    '-G',
    ...(o.config === undefined ? [] : ['-F', o.config]),
    ...(o.user === undefined ? [] : ['-l', o.user]),
    ...(o.port === undefined ? [] : ['-p', String(o.port)]),
    '--',
    o.address,
  ]
  const result = await execa('ssh', args, {
    env: childEnvironment(o.env),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: SSH_SECONDS * 1000,
    maxBuffer: 1 << 20,
  })
  if (result.code === 'ENOENT') return null
  if (result.exitCode !== 0)
    throw new JoulemarkError({
      code: 'ssh-config',
      message: `ssh -G ${o.address} failed: ${(result.stderr || result.shortMessage || '').slice(0, 300)}`,
      exit: 'usage',
      hint: 'mend the ssh_config, or say “config: none” for the host and name address, user and identity there',
    })
  return parseSettings(result.stdout)
}

/** ssh needs its PATH and home, and the agent's socket for tokens; nothing else of our environment. */
function childEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SSH_AUTH_SOCK']
  return Object.fromEntries(
    names.flatMap(name => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Output of `ssh -G` → settings. */
export function parseSettings(text: string): SshSettings {
  const settings = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    const lower = key.toLowerCase()
    settings.set(lower, [...(settings.get(lower) ?? []), value])
  }
  return settings
}

/** A path of ssh_config → absolute: `~`, and the tokens %d %u %h %p %r %n %% (ssh_config(5), TOKENS). */
export function expandPath(path: string, tokens: Readonly<Record<string, string>>): string {
  const home = homedir()
  const filled = path.replace(/%(.)/g, (all, letter: string) =>
    letter === '%' ? '%' : (tokens[letter] ?? all),
  )
  if (filled === '~') return home
  return filled.startsWith('~/') ? `${home}/${filled.slice(2)}` : filled
}

/** `[user@]host[:port]` or `ssh://…` of ProxyJump → its parts; IPv6 in brackets. */
export function parseJump(text: string): {
  readonly address: string
  readonly user?: string
  readonly port?: number
} {
  const [, user, bracketed, plain, port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:[\]@]+))(?::(\d+))?\/?$/.exec(text.trim()) ?? []
  const address = bracketed ?? plain
  if (address === undefined)
    throw new JoulemarkError({
      code: 'ssh-config',
      message: `“${text}” can't be read as a jump host`,
      exit: 'usage',
    })
  return {
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}
