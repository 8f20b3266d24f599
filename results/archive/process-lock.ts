import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from './paths.ts'

export interface ProcessLock {
  /** File that says who holds it. */
  readonly path: string
  /** A lock of this very process is taken over instead of counting as held. */
  readonly again?: boolean
  /** What is thrown when `holder` (such as `process 12`) has it. */
  readonly held: (holder: string) => Error
}

/**
 * One process at a time, on this machine: of many that want it at once, one gets it. A lock whose process is gone (kill -9) is taken over: told
 * by its id and, where /proc has it, the time the process began.
 * @throws what `held` gives
 */
export async function lockForProcess(o: ProcessLock): Promise<AsyncDisposable> {
  const { path } = o
  const mine = JSON.stringify({ pid: process.pid, began: await beginOf(process.pid), owner: randomUUID() })
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
    const holder = await liveHolder(found, o.again === true)
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

/** null: it was nobody's who lives. */
async function liveHolder(text: string, again: boolean): Promise<string | null> {
  let held: unknown
  try {
    held = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof held !== 'object' || held === null || !('pid' in held) || !Number.isSafeInteger(held.pid))
    return null
  const pid = Number(held.pid)
  if ((again && pid === process.pid) || !isAlive(pid)) return null
  const began = 'began' in held ? held.began : null
  return began === null || began === (await beginOf(pid)) ? `process ${pid}` : null
}

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
