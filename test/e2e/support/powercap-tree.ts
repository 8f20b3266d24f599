import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** A zone below the class folder of powercap, and the power that it counts. */
export interface FakeZone {
  /** `intel-rapl:0`, `intel-rapl:0:0`. */
  readonly folder: string
  readonly name: string
  readonly watts: number
  readonly maxMicrojoules: number
  readonly limitWatts: number
}

/** A class folder like that of this machine, with powercap in it. */
export interface PowercapTree extends AsyncDisposable {
  /** Puts argv into a mount namespace of its own, in which /sys/class is this tree. The mount goes with the last process in it. */
  readonly wrap: (argv: readonly string[]) => readonly [string, ...string[]]
}

/**
 * Makes the tree below `folder` and starts a process that counts: it shares no code with the project.
 * A bind mount over /sys/class keeps its place, so that the links in it, which are relative, lead into the real /sys/devices.
 */
export async function powercapTree(folder: string, zones: readonly FakeZone[]): Promise<PowercapTree> {
  const root = path.join(folder, 'class')
  await mirrorClasses(root)
  const counters: string[] = []
  for (const zone of zones) {
    const dir = path.join(root, 'powercap', zone.folder)
    await mkdir(dir, { recursive: true })
    await writeFile(path.join(dir, 'name'), `${zone.name}\n`)
    await writeFile(path.join(dir, 'max_energy_range_uj'), `${zone.maxMicrojoules}\n`)
    await writeFile(path.join(dir, 'constraint_0_power_limit_uw'), `${zone.limitWatts * 1e6}\n`)
    counters.push(path.join(dir, 'energy_uj'), `${zone.watts}`, `${zone.maxMicrojoules}`, '1000000')
  }
  const driver = spawn('perl', [path.join(import.meta.dirname, 'constant-power.pl'), ...counters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await Promise.race([
    once(driver.stdout, 'data'),
    once(driver, 'exit').then(([code]) => Promise.reject(new Error(`the counter ended with ${code}`))),
  ])
  return {
    wrap: argv => [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      'mount --bind "$1" /sys/class && shift && exec "$@"',
      'sh',
      root,
      ...argv,
    ],
    [Symbol.asyncDispose]: () => end(driver),
  }
}

/** Folders and links of /sys/class. Its few plain files are left out: to read one of them makes a block device. */
async function mirrorClasses(to: string): Promise<void> {
  for (const name of await readdir('/sys/class')) {
    const from = path.join('/sys/class', name)
    if (!(await lstat(from)).isDirectory()) continue
    await mkdir(path.join(to, name), { recursive: true })
    for (const entry of await readdir(from, { withFileTypes: true })) {
      if (entry.isSymbolicLink())
        await symlink(await readlink(path.join(from, entry.name)), path.join(to, name, entry.name))
    }
  }
}

async function end(driver: ChildProcess): Promise<void> {
  if (driver.exitCode !== null || driver.signalCode !== null) return
  const gone = once(driver, 'exit')
  driver.kill('SIGTERM')
  await gone
}
