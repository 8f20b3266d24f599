import { spawn } from 'node:child_process'
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'

/** A long-lived process of the testbed, as its file in `pids` has it. */
export interface Daemon {
  readonly name: string
  readonly pid: number
  readonly running: boolean
}

export const run = async (...argv: readonly string[]): Promise<string> => {
  const [program = '', ...args] = argv
  return (await execa(program, args, { stdin: 'ignore' })).stdout
}

/** The same where it does not matter whether it works. */
export const tryRun = async (...argv: readonly string[]): Promise<string> => {
  const [program = '', ...args] = argv
  return (await execa(program, args, { stdin: 'ignore', reject: false })).stdout ?? ''
}

/** Start time of a process in ticks: tells it from another one of its number; null: there is none, or it is dead. */
export async function startTime(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === undefined || fields[0] === 'Z' || fields[0] === '' ? null : (fields[19] ?? null)
}

/** Starts a process that outlives us; what it says goes to `<name>.log`. `netns`: name of a network namespace. */
export async function startDaemon(
  folder: string,
  name: string,
  argv: readonly string[],
  o: { readonly netns?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  const inside = o.netns === undefined ? argv : ['nsenter', `--net=/run/netns/${o.netns}`, '--', ...argv]
  const [program = '', ...args] = inside
  await mkdir(join(folder, 'pids'), { recursive: true })
  await using log = await open(join(folder, `${name}.log`), 'a')
  const child = spawn(program, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...o.env },
  })
  const pid = child.pid
  if (pid === undefined) throw new Error(`${name} did not start`)
  child.unref()
  await writeFile(join(folder, 'pids', name), `${pid} ${(await startTime(pid)) ?? ''}\n`)
  return pid
}

export async function daemons(folder: string): Promise<readonly Daemon[]> {
  const names = await readdir(join(folder, 'pids')).catch(() => [])
  return Promise.all(
    names
      .toSorted((a, b) => (a < b ? -1 : 1))
      .map(async name => {
        const [pid = '', started = ''] = (await readFile(join(folder, 'pids', name), 'utf8'))
          .trim()
          .split(' ')
        return {
          name,
          pid: Number(pid),
          running: (await startTime(Number(pid))) === started && started !== '',
        }
      }),
  )
}

/** Ends processes, gently for some seconds. */
export async function endAll(pids: readonly number[], gentleSeconds = 5): Promise<void> {
  const until = performance.now() + gentleSeconds * 1000
  let left = [...pids]
  let signal: NodeJS.Signals = 'SIGTERM'
  for (let first = true; left.length > 0; first = false) {
    if (first || signal === 'SIGKILL') for (const pid of left) kill(pid, signal)
    await sleep(100)
    const alive = await Promise.all(left.map(async pid => (await startTime(pid)) !== null))
    left = left.filter((_, i) => alive[i])
    if (performance.now() > until) signal = 'SIGKILL'
    if (performance.now() > until + 20_000) throw new Error(`processes ${left.join(', ')} do not end`)
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // gone already
  }
}

/** Waits until `look` gives something. */
export async function until<T>(
  what: string,
  seconds: number,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await look().catch(() => null)
    if (found !== null && found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`${what}: not within ${seconds} s`)
    await sleep(200)
  }
}
