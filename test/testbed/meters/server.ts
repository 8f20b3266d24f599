import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const SECONDS = 30

/** A port that nobody has on loopback. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}

export interface Server extends AsyncDisposable {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts a program that serves on a port of loopback, and waits until it does. Ended by its id, also when the test's process ends. */
export async function startServer(
  argv: readonly [string, ...string[]],
  o: {
    readonly port?: number
    readonly log: string
    readonly cwd?: string
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<Server> {
  const log = await open(o.log, 'a')
  const child = spawn(argv[0], argv.slice(1), {
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...o.env },
    ...(o.cwd === undefined ? {} : { cwd: o.cwd }),
  })
  await log.close()
  const killAtExit = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killAtExit)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  try {
    if (o.port !== undefined) await untilServed(o.port, child, o.log)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop }
}

async function untilServed(port: number, child: ChildProcess, log: string): Promise<void> {
  for (const until = performance.now() + SECONDS * 1000; performance.now() < until; await sleep(50)) {
    if (child.exitCode !== null) break
    if (await answers(port)) return
  }
  throw new Error(`nothing serves port ${port}: ${(await readFile(log, 'utf8')).slice(-2000)}`)
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
