import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises'
import { hostname, uptime } from 'node:os'
import { dirname } from 'node:path'
import { isMissing } from './paths.ts'

export interface ProcessLock {
  /** File that says who holds it. */
  readonly path: string
  /** A lock of this very process is taken over instead of counting as held. */
  readonly again?: boolean
  /** What is thrown when `holder` (such as `process 12`) has it. */
  readonly held: (holder: string) => Error
  /** Where this process runs; default: as the system says. */
  readonly here?: ProcessPlace
}

/** Where a process id means something. */
export interface ProcessPlace {
  readonly machine: string
  /** Of this start of the machine's kernel; null: the system tells none (macOS). */
  readonly bootId: string | null
  /** PID namespace, as /proc/self/ns/pid has it; null: there are none. */
  readonly namespace: string | null
  /** When this start was, by the wall clock, ms. */
  readonly bootedAt: number
}

/** The namespace of all that runs in no container: the kernel's PROC_PID_INIT_INO. */
const INITIAL = 'pid:[4026531836]'

/**
 * One process at a time: of many that want it at once, one gets it. A lock whose process is gone (kill -9) is taken over: told by its id and,
 * where /proc has it, the time the process began.
 *
 * A process id says something only under the kernel and in the PID namespace where it was given, so the lock names both (boot id, namespace).
 * Where either is another, the holder may live where we can't look (another container or machine with the same volume): it counts as live, and
 * the message names the file to remove. One case is sure enough to be taken over: the machine was started anew since. That is a lock of a
 * machine of our name, written before this start under another boot id, by a process outside of any container, and we are outside of any, too.
 * A container that died with its machine is not told from one on another machine: there a person has to decide.
 * @throws what `held` gives
 */
export async function lockForProcess(o: ProcessLock): Promise<AsyncDisposable> {
  const { path } = o
  const here = o.here ?? (await placeOfProcess())
  const { machine, bootId, namespace } = here
  const [pid, at] = [process.pid, Date.now()]
  const said = { pid, began: await beginOf(pid), machine, bootId, namespace, at, owner: randomUUID() }
  const mine = JSON.stringify(said)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await linkNew(path, mine)
      return { [Symbol.asyncDispose]: () => release(path, mine) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const found = await readFile(path, 'utf8').catch(noneIfMissing)
    if (found === null) continue
    const holder = await liveHolder(found, o, here)
    if (holder !== null) throw o.held(holder)
    await takeAway(path, found)
  }
  throw o.held('another process')
}

const noneIfMissing = (error: unknown): null => {
  if (isMissing(error)) return null
  throw error
}

/** The file appears with its content or not at all; an error EEXIST when there is one. */
async function linkNew(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, content, { flag: 'wx', mode: 0o600 })
  try {
    await link(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Takes a dead lock away; if another process was quicker, and this is its lock by now, it is put back. */
async function takeAway(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  try {
    if ((await readFile(aside, 'utf8')) !== dead) await link(aside, path)
  } finally {
    await rm(aside, { force: true })
  }
}

async function release(path: string, mine: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true })
}

async function placeOfProcess(): Promise<ProcessPlace> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null)
  const namespace = await readlink('/proc/self/ns/pid').catch(() => null)
  const bootedAt = Date.now() - uptime() * 1000
  return { machine: hostname(), bootId: bootId?.trim() ?? null, namespace, bootedAt }
}

/** null: it was nobody's who lives. */
async function liveHolder(text: string, o: ProcessLock, here: ProcessPlace): Promise<string | null> {
  let held: unknown
  try {
    held = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof held !== 'object' || held === null || !('pid' in held) || !Number.isSafeInteger(held.pid))
    return null
  const pid = Number(held.pid)
  if (!isHere(held, here)) {
    if (isFromBefore(held, here)) return null
    return `process ${pid} of another container or machine (if nothing of it is left, remove ${o.path})`
  }
  if ((o.again === true && pid === process.pid) || !isAlive(pid)) return null
  const began = 'began' in held ? held.began : null
  return began === null || began === (await beginOf(pid)) ? `process ${pid}` : null
}

/** Whether the lock's process would be seen from here. One that says nothing of its place (of an older version) is taken as ours. */
const isHere = (held: object, here: ProcessPlace): boolean =>
  (!('bootId' in held) || held.bootId === here.bootId) &&
  (!('namespace' in held) || held.namespace === here.namespace)

/** Whether the lock is of an earlier start of this machine, and of no container. */
const isFromBefore = (held: object, here: ProcessPlace): boolean =>
  'bootId' in held &&
  held.bootId !== here.bootId &&
  'namespace' in held &&
  [held.namespace, here.namespace].every(namespace => namespace === INITIAL) &&
  'machine' in held &&
  held.machine === here.machine &&
  'at' in held &&
  typeof held.at === 'number' &&
  held.at < here.bootedAt

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Field 22 of /proc/PID/stat (proc(5)): ticks since boot at which the process began; null where there is no /proc. */
async function beginOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
