import { execa } from 'execa'
import { JoulemarkError } from '../model/error.ts'
import type { Channel, ChannelExit, Door } from './door.ts'

/** What a child on the controller's own machine may see of our environment: secrets by reference live in the rest, and passwords in the URLs of proxies. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
] as const

export const passedEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    PASSED.flatMap(name => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** The controller's own machine. Every command leads a session of its own, so that it can be ended with its children. */
export function openLocalDoor(o: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly user: string
}): Door {
  const env = passedEnvironment(o.env)
  const running = new Set<() => void>()
  const open = async (argv: readonly string[]): Promise<Channel> => {
    const [file = '', ...args] = argv
    const child = execa(file, args, {
      cwd: '/',
      env,
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
    })
    const { nodeChildProcess: leader } = child
    const exit = new Promise<ChannelExit>((resolve, reject) => {
      leader.once('exit', (code, signal) => resolve({ code, signal }))
      leader.once('error', cause =>
        reject(
          new JoulemarkError({
            code: 'exec-failed',
            message: `${file} can't be started: ${cause.message}`,
            cause,
          }),
        ),
      )
    })
    let ended = false
    exit.then(
      () => (ended = true),
      () => (ended = true),
    )
    const kill = (signal: 'TERM' | 'KILL') => {
      if (!ended) killGroup(child.pid, signal)
    }
    const close = () => {
      running.delete(close)
      child.stdin.destroy()
      child.stdout.destroy()
      child.stderr.destroy()
    }
    running.add(close)
    exit.finally(() => running.delete(close)).catch(() => {})
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {})
    return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exit, kill, close }
  }
  return {
    signals: true,
    open,
    aside: open,
    hush: async () => {},
    link: async () => ({ how: 'local', user: o.user, address: '', key: '', via: [], notes: [] }),
    [Symbol.asyncDispose]: async () => {
      for (const close of running) close()
    },
  }
}

function killGroup(pid: number | undefined, signal: 'TERM' | 'KILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, `SIG${signal}`)
  } catch {
    // gone already
  }
}
