import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const ROOT = '/sys/fs/cgroup'

/** Mount points of cgroup hierarchies on this machine. */
export async function hierarchies(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  const found = text.split('\n').filter(line => / - cgroup2? /.test(line) && line.includes(` ${ROOT}`))
  return [...new Set(found.map(line => line.split(' ')[4] ?? ''))].filter(path => path !== '')
}

/** A group of that name in every hierarchy. cpuset takes no process before it has CPUs. */
export async function makeGroup(name: string): Promise<void> {
  for (const mount of await hierarchies()) {
    const path = join(mount, name)
    await mkdir(path, { recursive: true }).catch(() => {})
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const above = await readFile(join(mount, file), 'utf8').catch(() => null)
      if (above !== null && above.trim() !== '') await writeFile(join(path, file), above).catch(() => {})
    }
  }
}

/** Ids of all processes in a group and below. */
export async function processesIn(name: string): Promise<readonly number[]> {
  const pids = new Set<number>()
  for (const mount of await hierarchies())
    for (const path of await below(join(mount, name))) {
      const text = await readFile(join(path, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) if (line !== '') pids.add(Number(line))
    }
  return [...pids]
}

/** Removes a group and all below, deepest first; processes in it must be gone. */
export async function removeGroup(name: string): Promise<void> {
  for (const mount of await hierarchies()) {
    for (let tries = 0; tries < 50; tries += 1) {
      const paths = (await below(join(mount, name))).reverse()
      if (paths.length === 0) break
      for (const path of paths) await rmdir(path).catch(() => {})
      if ((await below(join(mount, name))).length > 0) await sleep(100)
    }
  }
}

/** A folder and all below it, itself first; none when it is not there. */
export async function below(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => null)
  if (entries === null) return []
  const found = [path]
  for (const entry of entries) if (entry.isDirectory()) found.push(...(await below(join(path, entry.name))))
  return found
}
