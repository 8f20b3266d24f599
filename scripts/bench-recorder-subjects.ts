import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { chown, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeRecording } from '../collectors/recorder/decode.ts'
import { recorderConfig, recorderKit } from '../collectors/recorder/kit.ts'
import type { FileSource } from '../harness/model/collector.ts'
import type { RecorderRequest } from '../harness/model/recorder.ts'
import { bytes, hertz } from '../harness/model/units.ts'

const PERL_RECORDER = 'collectors/recorder/recorder.pl'

/** One measurement: CPU time per reading, and for our own recorders how late the readings began, µs. */
export interface Cost {
  readonly cpuMicros: number
  readonly late: readonly number[]
}

export interface Setting {
  readonly rate: number
  readonly seconds: number
  /** Folder for files of a measurement: empty, removed afterwards. */
  readonly dir: string
}

export type Subject = (setting: Setting) => Promise<Cost>

/** Start-up is not counted: the first readings open files and warm up what stays warm. */
const SETTLE_SECONDS = 2.5

const source = (id: string, path: string, maxBytes: number, reopen = false): FileSource => ({
  id,
  path,
  maxBytes: bytes(maxBytes),
  reopen,
})

/** What a run records on a machine of this kind: the collectors' files, and a service's cgroup where there is one. */
export const benchSources = (): readonly FileSource[] => {
  const all = [
    source('footprint/schedstat', '/proc/self/schedstat', 80),
    source('cpu/stat', '/proc/stat', 65_536),
    source('memory/meminfo', '/proc/meminfo', 8192),
    source('disk/diskstats', '/proc/diskstats', 65_536),
    source('network/dev', '/proc/net/dev', 65_536),
    ...['cpu', 'io', 'memory'].map(name => source(`pressure/${name}`, `/proc/pressure/${name}`, 256)),
    source('cgroup/usage', '/sys/fs/cgroup/cpuacct/cpuacct.usage', 256, true),
    source('cgroup/cpu.stat', '/sys/fs/cgroup/cpu.stat', 1024, true),
    source('cgroup/memory', '/sys/fs/cgroup/memory/memory.stat', 4096, true),
    source('cgroup/io', '/sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes', 4096, true),
  ]
  return all.filter(one => existsSync(one.path))
}

/** CPU time of a process, all threads, µs (/proc/PID/schedstat is the first thread's alone). */
const cpuOf = async (pid: number): Promise<number> => {
  const threads = await readdir(`/proc/${pid}/task`)
  const stats = await Promise.all(threads.map(id => readFile(`/proc/${pid}/task/${id}/schedstat`, 'ascii')))
  return stats.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1000, 0)
}

const end = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

const start = async (
  program: string,
  args: readonly string[],
  uid?: number,
): Promise<ChildProcess & { readonly pid: number }> => {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    ...(uid === undefined ? {} : { uid }),
  })
  await once(child, 'spawn')
  return child as ChildProcess & { readonly pid: number }
}

/** CPU time per reading of a program that reads on its own, which is then ended. */
const watch = async (
  child: ChildProcess & { readonly pid: number },
  { rate, seconds }: Setting,
): Promise<number> => {
  try {
    await sleep(SETTLE_SECONDS * 1000)
    const before = await cpuOf(child.pid)
    await sleep(seconds * 1000)
    return ((await cpuOf(child.pid)) - before) / (rate * seconds)
  } finally {
    await end(child)
  }
}

interface RecorderSubject {
  readonly argv: (config: string) => readonly [string, ...string[]]
  /** Run as this user instead of ours. */
  readonly uid?: number
}

const recorder =
  ({ argv, uid }: RecorderSubject): Subject =>
  async setting => {
    const [dir, tmpfsDir] = [setting.dir, `/dev/shm/joulemark-bench-${process.pid}`]
    const request: RecorderRequest = {
      sources: benchSources(),
      rate: hertz(setting.rate),
      dir,
      tmpfsDir,
      tmpfsBytes: bytes(64 << 20),
      diskBytes: bytes(0),
    }
    await mkdir(tmpfsDir)
    try {
      const config = `${dir}/recorder.conf`
      await writeFile(config, recorderConfig('perl', request))
      await copyFile(PERL_RECORDER, `${dir}/recorder.pl`)
      if (uid !== undefined) await Promise.all([dir, tmpfsDir, config].map(path => chown(path, uid, uid)))
      const [program, ...args] = argv(config)
      const child = await start(program, args, uid)
      const cpuMicros = await watch(child, setting)
      return { cpuMicros, late: await lateness(recorderKit.outputs(request)[0] ?? '') }
    } finally {
      await rm(tmpfsDir, { recursive: true, force: true })
    }
  }

const lateness = async (path: string): Promise<number[]> => {
  const late: number[] = []
  for await (const item of decodeRecording(createReadStream(path))) {
    if (item.item === 'tick') late.push(item.mono - item.due)
    if (item.item === 'broken') throw new Error(`the recording is broken: ${item.reason}`)
  }
  return late
}

const perlArgv = (config: string): [string, ...string[]] => ['perl', config.replace(/conf$/, 'pl'), config]
export const perlRecorder: Subject = recorder({ argv: perlArgv })

/** As a user who may not ask for SCHED_FIFO; null: we are one ourselves. */
export const perlUnprivileged: Subject | null =
  process.getuid?.() === 0 ? recorder({ argv: perlArgv, uid: 65_534 }) : null

/** Builds the twin into a folder; its program is then a subject. */
export const buildTwin = (dir: string): Subject => {
  execFileSync(process.env['CC'] ?? 'cc', [
    '-O2',
    '-o',
    `${dir}/twin`,
    'collectors/recorder/twin.c',
    'collectors/recorder/twin-tree.c',
  ])
  return recorder({ argv: config => [`${dir}/twin`, config] })
}

const SADC = ['/usr/lib/sysstat/sadc', '/usr/lib64/sa/sadc', '/usr/lib/sa/sadc'].find(path =>
  existsSync(path),
)

/** sysstat's collector at 1 Hz, with the activities given; null: not installed. */
export const sadc = (activities: readonly string[]): Subject | null => {
  if (SADC === undefined) return null
  return async setting => {
    const child = await start(SADC, [
      ...activities,
      '1',
      String(Math.ceil(setting.seconds + 10)),
      `${setting.dir}/sa`,
    ])
    const cpuMicros = await watch(child, setting)
    return { cpuMicros, late: [] }
  }
}

const EXPORTER = ['/usr/bin/prometheus-node-exporter', '/usr/bin/node_exporter'].find(path =>
  existsSync(path),
)

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** node_exporter with its default collectors, scraped by us at the rate; our own cost is not counted. null: not installed. */
export const nodeExporter = (): Subject | null => {
  if (EXPORTER === undefined) return null
  return async ({ rate, seconds }) => {
    const port = await freePort()
    const child = await start(EXPORTER, [
      `--web.listen-address=127.0.0.1:${port}`,
      '--no-collector.systemd',
      '--log.level=error',
    ])
    const scrapes = async (count: number): Promise<void> => {
      const began = performance.now()
      for (let i = 1; i <= count; i++) {
        const page = await fetch(`http://127.0.0.1:${port}/metrics`)
        if (!(await page.text()).includes('node_cpu_seconds_total'))
          throw new Error('node_exporter gave no figures')
        await sleep(Math.max(0, began + (i * 1000) / rate - performance.now()))
      }
    }
    try {
      await sleep(SETTLE_SECONDS * 1000)
      await scrapes(rate)
      const before = await cpuOf(child.pid)
      await scrapes(rate * seconds)
      return { cpuMicros: ((await cpuOf(child.pid)) - before) / (rate * seconds), late: [] }
    } finally {
      await end(child)
    }
  }
}

/** Keeps every core busy until disposed of; a limit of CPU seconds ends the loops should we die first. */
export const busyCores = async (cores: number, seconds: number): Promise<AsyncDisposable> => {
  const loop = `ulimit -t ${seconds} && while :; do :; done`
  const loops = await Promise.all(Array.from({ length: cores }, () => start('sh', ['-c', loop])))
  return { [Symbol.asyncDispose]: async () => void (await Promise.all(loops.map(one => end(one)))) }
}
