import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { isMissing } from '../../results/archive/paths.ts'
import { JoulemarkError } from '../model/error.ts'

/**
 * One process at a time works on a campaign's spool. A lock whose process is gone (kill -9) is taken over: told by its id and, where /proc has
 * it, the time the process began.
 * @throws JoulemarkError `spool-locked`
 */
export async function lockSpool(path: string): Promise<AsyncDisposable> {
  const mine = JSON.stringify({ pid: process.pid, began: await beginOf(process.pid), owner: randomUUID() })
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      await linkNew(path, mine)
      return { [Symbol.asyncDispose]: () => release(path, mine) }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const holder = await liveHolder(path)
    if (holder !== null) throw locked(path, holder)
    await rm(path, { force: true })
  }
  throw locked(path, 'another process')
}

const locked = (path: string, holder: string): JoulemarkError =>
  new JoulemarkError({
    code: 'spool-locked',
    exit: 'locked',
    message: `${holder} is sending the points of this campaign`,
    place: { file: path },
    hint: 'wait until it has ended, then joulemark sync DIR',
  })

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

async function release(path: string, mine: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true })
}

async function liveHolder(path: string): Promise<string | null> {
  let held: unknown
  try {
    held = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
  if (typeof held !== 'object' || held === null || !('pid' in held) || !Number.isSafeInteger(held.pid))
    return null
  const pid = Number(held.pid)
  const began = 'began' in held ? held.began : null
  if (!isAlive(pid)) return null
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

/** Field 22 of /proc/PID/stat: ticks since boot at which the process began; null where there is no /proc. */
async function beginOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
