import { fileURLToPath } from 'node:url'
import type { FileSource } from '../../harness/model/collector.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { RecorderKind, RecorderKit, RecorderRequest } from '../../harness/model/recorder.ts'
import type { PutFile } from '../../harness/model/target.ts'
import { CONFIG_MAGIC, MAX_SOURCES, MAX_TICK_BYTES, SOURCE_ID } from './format.ts'

/** Readings per second at most: perl's by choice, the shell's because it starts a program for every source and tick. */
const MAX_RATE: Readonly<Record<RecorderKind, number>> = { perl: 10, sh: 1 }
const PROGRAM: Readonly<Record<RecorderKind, string>> = { perl: 'recorder.pl', sh: 'recorder.sh' }
const CONFIG = 'recorder.conf'

/**
 * How a host records. Exit codes of the recorders: 0 stopped by TERM or INT, 3 buffer full (bound, ENOSPC, EDQUOT, …), 1 could not start;
 * the reason stands in the status file.
 */
export const recorderKit: RecorderKit = {
  choose(facts, rate) {
    if (rate > MAX_RATE.perl) return { kind: null, reason: `at most ${MAX_RATE.perl} readings per second` }
    if (facts.perl !== null) return { kind: 'perl' }
    if (rate <= MAX_RATE.sh) return { kind: 'sh' }
    return { kind: null, reason: `without perl at most ${MAX_RATE.sh} reading per second` }
  },

  files(kind, request): readonly PutFile[] {
    const program = PROGRAM[kind]
    return [
      { name: program, mode: 0o600, from: fileURLToPath(new URL(`./${program}`, import.meta.url)) },
      { name: CONFIG, mode: 0o600, content: recorderConfig(kind, request) },
    ]
  },

  argv: (kind, { dir }) => [kind, `${dir}/${PROGRAM[kind]}`, `${dir}/${CONFIG}`],

  outputs: request => buffers(request).map(buffer => buffer.path),
}

/** One line about how the recorder fares: `running PID`, `stopped`, `full REASON` or `failed REASON`, padded with spaces. */
export const recorderStatusPath = (request: RecorderRequest): string => `${request.dir}/status`

/**
 * The recorders' configuration: one value a line, in this order: magic, kind, rate, period in ns (whole µs), status file, number of
 * buffers, path and bytes of each, number of sources, then id, path, bound and flags (`r` reopen, `t` tree, `-` none) of each; last the
 * offset of the ticks from multiples of the period, ns. Throws `recorder-request`.
 */
export const recorderConfig = (kind: RecorderKind, request: RecorderRequest): string => {
  check(kind, request)
  const parts = buffers(request)
  const lines = [
    CONFIG_MAGIC,
    kind,
    request.rate,
    Math.round(1e6 / request.rate) * 1000,
    recorderStatusPath(request),
    parts.length,
    ...parts.flatMap(part => [part.path, part.bytes]),
    request.sources.length,
    ...energyFirst(request.sources).flatMap(source => [
      source.id,
      source.path,
      source.maxBytes,
      flags(source),
    ]),
    (request.offset ?? 0) * 1000,
  ]
  return `${lines.join('\n')}\n`
}

/** The tmpfs part carries the name of the recording's folder: two recordings may share one tmpfs folder. */
const buffers = (request: RecorderRequest): { readonly path: string; readonly bytes: number }[] => {
  const name = request.dir.replace(/\/+$/, '').split('/').at(-1)
  const tmpfs =
    request.tmpfsDir === null
      ? []
      : [{ path: `${request.tmpfsDir}/${name}.recording`, bytes: request.tmpfsBytes }]
  const disk = request.diskBytes > 0 ? [{ path: `${request.dir}/recording`, bytes: request.diskBytes }] : []
  return [...tmpfs, ...disk]
}

/** Energy counters are read closest to the stamp. */
const energyFirst = (sources: readonly FileSource[]): FileSource[] => {
  const isEnergy = (source: FileSource): boolean => /\/(powercap|hwmon|intel-rapl)\b/.test(source.path)
  return [...sources.filter(isEnergy), ...sources.filter(source => !isEnergy(source))]
}

const flags = (source: FileSource): string => `${source.reopen ? 'r' : ''}${source.tree ? 't' : ''}` || '-'

const check = (kind: RecorderKind, request: RecorderRequest): void => {
  const { sources, rate } = request
  const refuse = (message: string): never => {
    throw new JoulemarkError({ code: 'recorder-request', message })
  }
  if (!(rate >= 0.001 && rate <= MAX_RATE[kind]))
    refuse(`the ${kind} recorder can not read ${rate} times a second`)
  if (buffers(request).length === 0) refuse('the recorder has no buffer: neither tmpfs nor disk')
  if (sources.length > MAX_SOURCES) refuse(`${sources.length} sources; at most ${MAX_SOURCES}`)
  const paths = [
    ...sources.map(source => source.path),
    ...buffers(request).map(part => part.path),
    request.dir,
  ]
  const wrongPath = paths.find(path => !path.startsWith('/') || /[\n\0]/.test(path))
  if (wrongPath !== undefined) refuse(`not an absolute path of one line: ${JSON.stringify(wrongPath)}`)
  const ids = sources.map(source => source.id)
  const wrongId = ids.find((id, i) => !SOURCE_ID.test(id) || ids.indexOf(id) !== i)
  if (wrongId !== undefined) refuse(`source id ${JSON.stringify(wrongId)} is malformed or there twice`)
  if (!sources.every(source => Number.isSafeInteger(source.maxBytes) && source.maxBytes > 0))
    refuse('maxBytes must be a positive integer')
  if (sources.length === 0) refuse('there is nothing to record')
  const bytes = sources.reduce((sum, source) => sum + source.maxBytes, 0)
  if (bytes > MAX_TICK_BYTES)
    refuse(`the sources' bounds add up to ${bytes} bytes a tick; at most ${MAX_TICK_BYTES}`)
}
