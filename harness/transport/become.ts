import { JoulemarkError } from '../model/error.ts'
import type { Channel, Door } from './door.ts'
import { type FramedCommand, frame, skipToMark } from './frame.ts'

/** How root is had on a host: not at all, or by sudo, with a password that is read when first needed and stays in memory. */
export interface BecomeRoot {
  readonly kind: 'none' | 'sudo'
  /** null: none is configured and nobody can be asked. */
  readonly password: (() => Promise<string>) | null
  /** Why the password was refused, by host; kept beyond this connection, since every further try counts towards locking the account. */
  readonly refusals?: Map<string, JoulemarkError>
}

export interface OpenRequest extends FramedCommand {
  readonly become?: boolean | undefined
  /** Nothing will be written to stdin. */
  readonly noInput?: boolean
  /** Told of a channel as soon as it is open, so that it can be ended before its frame has come; and again when it is framed. */
  readonly onChannel?: (channel: Channel) => void
}

/** Opens commands behind their frame; the one place that knows sudo. */
export interface Opener {
  /** Resolves when the program is about to run; its outputs begin at their first byte. */
  open(request: OpenRequest): Promise<Channel>
}

/**
 * sudo may ask again when a password that was right a moment ago is no longer; without more lines it would wait for them. Whether it is right is
 * tried before, with no line after it, so that a wrong one is one failed try and not three.
 */
const MORE_TRIES = 10
const TRY_PASSWORD = ['sudo', '-S', '-k', '-p', '', '--', '/bin/sh', '-c', 'exit 0'] as const
const MAX_SAID = 4096

/** Signals a process group, or the process where it leads none. */
const KILL = 'kill -s "$1" -- "-$2" 2>/dev/null || kill -s "$1" "$2" 2>/dev/null'

type Way = 'plain' | 'sudo' | 'sudo-password'

/** Commands on one host. `hostId` is for messages. */
export function makeOpener(door: Door, become: BecomeRoot, hostId: string): Opener {
  let rootWay: Way | null = null
  let tried: Promise<void> | null = null
  const refusals = become.refusals ?? new Map<string, JoulemarkError>()

  async function attempt(request: OpenRequest, way: Way, open = door.open): Promise<Channel | Failure> {
    const { argv, mark } = frame({ ...request, skipPassword: way === 'sudo-password' })
    const password = way === 'sudo-password' ? await become.password?.() : undefined
    const noInput = request.noInput === true && way !== 'sudo-password'
    const channel = await open([...SUDO[way], ...argv], { noInput })
    request.onChannel?.(channel)
    channel.stdin.on('error', () => {})
    if (password !== undefined) channel.stdin.write(`${password}${'\n'.repeat(MORE_TRIES)}${mark}\n`)
    try {
      const starts = Promise.all([skipToMark(channel.stdout, mark), skipToMark(channel.stderr, mark)])
      const [out, err] = await starts
      const [state = '', pid = ''] = err.word.split(' ')
      if (out.found && err.found && state === 'ok') {
        const running = killable(channel, pid, way)
        request.onChannel?.(running)
        return running
      }
      channel.close()
      if (err.found) throw notStarted(request, state, hostId)
      await channel.exit
      return { said: [err.noise, out.noise].filter(Boolean).join('\n') }
    } catch (error) {
      channel.close()
      throw error
    }
  }

  /** Servers may not let us signal what they run (OpenSSH does not for root), and root's processes are not ours: then a second command does it. */
  function killable(channel: Channel, pid: string, way: Way): Channel {
    let ended = false
    channel.exit.then(
      () => (ended = true),
      () => (ended = true),
    )
    const kill = (signal: 'TERM' | 'KILL') => {
      if (ended) return
      channel.kill(signal)
      if (door.signals && way === 'plain') return
      killFromAside(signal, pid, way).catch(() => {})
    }
    return { ...channel, kill }
  }

  async function killFromAside(signal: string, pid: string, way: Way): Promise<void> {
    const made = await attempt({ argv: ['/bin/sh', '-c', KILL, 'sh', signal, pid] }, way, door.aside)
    if (isFailure(made)) return
    await made.exit.finally(() => made.close())
  }

  async function isRoot(): Promise<boolean> {
    const channel = must(await attempt({ argv: ['id', '-u'] }, 'plain'), hostId)
    let text = ''
    channel.stderr.resume()
    for await (const chunk of channel.stdout) text += String(chunk)
    channel.close()
    return text.trim() === '0'
  }

  /** Throws when sudo does not take the password; it is not offered again. */
  async function tryPassword(request: OpenRequest, password: () => Promise<string>): Promise<void> {
    const before = refusals.get(hostId)
    if (before !== undefined) throw before
    const line = `${await password()}\n`
    const channel = await door.open(TRY_PASSWORD)
    request.onChannel?.(channel)
    channel.stdin.on('error', () => {})
    let said = ''
    channel.stdout.resume()
    channel.stderr.on('data', (chunk: Buffer) => {
      if (said.length < MAX_SAID) said += chunk.toString('utf8')
    })
    channel.stdin.end(line)
    const { code, signal } = await channel.exit.finally(() => channel.close())
    if (code === 0) return
    if (signal !== null || code === null) {
      tried = null
      throw sudoRefused(hostId, said.trim())
    }
    const refused = passwordRefused(hostId, said.trim())
    refusals.set(hostId, refused)
    throw refused
  }

  async function openAsRoot(request: OpenRequest): Promise<Channel> {
    rootWay ??= (await isRoot()) ? 'plain' : 'sudo'
    if (rootWay === 'plain') return must(await attempt(request, 'plain'), hostId)
    if (become.kind === 'none') throw notAllowed(hostId)
    const refused = refusals.get(hostId)
    if (refused !== undefined) throw refused
    const first = await attempt(request, rootWay)
    if (!isFailure(first)) return first
    if (rootWay === 'sudo' && become.password !== null) {
      await (tried ??= tryPassword(request, become.password))
      const second = await attempt(request, 'sudo-password')
      if (isFailure(second)) throw sudoRefused(hostId, second.said)
      rootWay = 'sudo-password'
      return second
    }
    throw sudoRefused(hostId, first.said)
  }

  return {
    open: async request =>
      request.become === true ? openAsRoot(request) : must(await attempt(request, 'plain'), hostId),
  }
}

const SUDO: Readonly<Record<Way, readonly string[]>> = {
  plain: [],
  sudo: ['sudo', '-n', '--'],
  'sudo-password': ['sudo', '-S', '-p', '', '--'],
}

/** What `check` prints: the commands by which we become root, exactly. */
export const SUDO_COMMANDS: readonly string[] = ['sudo -n -- /bin/sh -c …', "sudo -S -p '' -- /bin/sh -c …"]

interface Failure {
  readonly said: string
}
const isFailure = (result: Channel | Failure): result is Failure => 'said' in result

function must(result: Channel | Failure, hostId: string): Channel {
  if (!isFailure(result)) return result
  throw new JoulemarkError({
    code: 'shell-refused',
    message: `host ${hostId} ran no command for us${quoted(result.said)}`,
    exit: 'unreachable',
    hint: 'the account needs a login shell that runs commands (not nologin, not a forced command), and /bin/sh',
  })
}

const quoted = (said: string) => (said === '' ? '' : `; it said: ${said.slice(0, 400)}`)

const notStarted = (request: OpenRequest, word: string, hostId: string) =>
  word === 'cwd'
    ? new JoulemarkError({
        code: 'no-folder',
        message: `host ${hostId}: folder ${request.cwd ?? '/'} is not there or may not be entered`,
      })
    : new JoulemarkError({
        code: 'program-missing',
        message: `host ${hostId}: program ${request.argv[0] ?? ''} is not there or may not be run`,
      })

const notAllowed = (hostId: string) =>
  new JoulemarkError({
    code: 'become-none',
    message: `something on host ${hostId} needs root, and the campaign says “become: none”`,
    exit: 'usage',
    hint: 'log in as root, or set “become: sudo”; “joulemark check” prints the sudoers line',
  })

const sudoRefused = (hostId: string, said: string) =>
  new JoulemarkError({
    code: 'sudo-refused',
    message: `sudo on host ${hostId} did not let us become root${quoted(said)}`,
    exit: 'unreachable',
    hint: 'give “become_password” by reference, or the sudoers line that “joulemark check” prints',
  })

const passwordRefused = (hostId: string, said: string) =>
  new JoulemarkError({
    code: 'sudo-refused',
    message: `sudo on host ${hostId} refused the password that was given${quoted(said)}`,
    exit: 'unreachable',
    hint: 'it was tried once and is not tried again; give the right one, or the sudoers line that “joulemark check” prints',
  })
