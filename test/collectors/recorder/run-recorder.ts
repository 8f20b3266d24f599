import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeRecording } from '../../../collectors/recorder/decode.ts'
import { recorderConfig, recorderKit, recorderStatusPath } from '../../../collectors/recorder/kit.ts'
import type { FileSource } from '../../../harness/model/collector.ts'
import type { RecorderKind, RecorderRequest, RecordingItem } from '../../../harness/model/recorder.ts'
import { bytes, hertz } from '../../../harness/model/units.ts'

export type Tick = Extract<RecordingItem, { item: 'tick' }>

export const source = (id: string, path: string, more: Partial<FileSource> = {}): FileSource => ({
  id,
  path,
  maxBytes: bytes(65_536),
  ...more,
})

/** A place for recordings, with two folders standing in for tmpfs and disk. */
export interface Place extends AsyncDisposable {
  readonly dir: string
  request(sources: readonly FileSource[], o?: Partial<RecorderRequest>): Promise<RecorderRequest>
}

export const place = async (): Promise<Place> => {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-recorder-'))
  await chmod(dir, 0o755)
  let count = 0
  const request: Place['request'] = async (sources, o = {}) => {
    const own = join(dir, `recording-${++count}`)
    await mkdir(join(own, 'tmpfs'), { recursive: true })
    return {
      sources,
      rate: hertz(10),
      dir: own,
      tmpfsDir: join(own, 'tmpfs'),
      tmpfsBytes: bytes(8 << 20),
      diskBytes: bytes(8 << 20),
      ...o,
    }
  }
  return { dir, request, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
}

export interface StartOptions {
  readonly kind?: RecorderKind
  /** Instead of the kind's own program and file, e.g. `['busybox', 'sh', '/…/recorder.sh']`. */
  readonly program?: readonly string[]
  readonly args?: readonly string[]
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The recorder's program in the sources. */
export const programPath = (kind: RecorderKind, request: RecorderRequest): string => {
  const file = recorderKit.files(kind, request)[0]
  if (file === undefined || !('from' in file)) throw new Error('the kit names no program')
  return file.from
}

export const start = async (request: RecorderRequest, o: StartOptions = {}): Promise<ChildProcess> => {
  const kind = o.kind ?? 'perl'
  const config = join(request.dir, 'recorder.conf')
  await writeFile(config, recorderConfig(kind, request))
  const [command, ...first] = o.program ?? [kind, programPath(kind, request)]
  return spawn(command ?? kind, [...first, config, ...(o.args ?? [])], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: o.env ?? { PATH: process.env['PATH'], LC_ALL: 'C' },
    ...(o.uid === undefined ? {} : { uid: o.uid, gid: o.uid }),
  })
}

/** Exit code, or the signal's name. */
export const exitOf = async (child: ChildProcess): Promise<number | string | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode
}

/** Until so many ticks can be read. */
export const untilTicks = async (request: RecorderRequest, count: number, seconds = 15): Promise<void> => {
  const deadline = performance.now() + seconds * 1000
  while (ticksOf(await decoded(request).catch(() => [])).length < count) {
    if (performance.now() > deadline) throw new Error(`no ${count} ticks within ${seconds} s`)
    await sleep(50)
  }
}

/** Everything in the recording's files, in their order. */
export const decoded = async (request: RecorderRequest): Promise<RecordingItem[]> => {
  const items: RecordingItem[] = []
  for await (const item of decodeRecording(chunks(request))) items.push(item)
  return items
}

export const recordingBytes = async (request: RecorderRequest): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const chunk of chunks(request)) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts)
}

async function* chunks(request: RecorderRequest): AsyncGenerator<Uint8Array> {
  for (const [i, path] of recorderKit.outputs(request).entries()) {
    const there = await stat(path).then(
      () => true,
      () => i === 0,
    )
    if (there) yield* createReadStream(path)
  }
}

export const ticksOf = (items: readonly RecordingItem[]): Tick[] => items.filter(item => item.item === 'tick')

export const statusOf = async (request: RecorderRequest): Promise<string> =>
  (await readFile(recorderStatusPath(request), 'utf8')).trim()

/** Content of a source at every tick: text, or the errno. */
export const contents = (items: readonly RecordingItem[], id: string): string[] =>
  ticksOf(items).map(tick => {
    const reading = tick.readings.find(one => one.source === id)
    return reading?.bytes ? Buffer.from(reading.bytes).toString('latin1') : (reading?.error ?? 'not recorded')
  })

/** A file of injected stamps: so many ticks, a second apart. */
export const clockFile = async (dir: string, ticks: number): Promise<string> => {
  const path = join(dir, 'clock')
  const line = (i: number): string =>
    [i * 1e6, i * 1e6 + 120, 1_795_000_000_000_000 + i * 1e6, i * 1e6 + 450].join(' ')
  await writeFile(path, Array.from({ length: ticks }, (_, i) => `${line(i + 1)}\n`).join(''))
  return path
}
