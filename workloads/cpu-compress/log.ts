import type { WorkFiles } from '../../harness/model/workload.ts'
import { findWorkFile, textLines } from '../text-lines.ts'

export const LOG = 'compress.log'

/** A line of compress-loop.sh; times are µs since the epoch. */
export type LoopLine =
  | { readonly kind: 'begin'; readonly workers: number; readonly at: number }
  | { readonly kind: 'start' | 'end'; readonly worker: number; readonly at: number }
  | {
      readonly kind: 'pass'
      readonly worker: number
      readonly from: number
      readonly at: number
      readonly bytes: number
      readonly ok: boolean
    }
  | {
      readonly kind: 'check'
      readonly worker: number
      readonly from: number
      readonly at: number
      readonly right: boolean
    }

const POINT = /^(begin|start|end) (\d{1,4}) (\d{19})$/
const PIECE = /^(pass|check) (\d{1,4}) (\d{19}) (\d{19}) (?:(\d{1,15}) (ok|failed)|(right|wrong))$/

/** ns as text → µs; nineteen digits are more than a double holds. */
const micros = (nanos: string): number => Number(nanos.slice(0, -3))

/** undefined: not such a line, or its times can't be. */
export function parseLoopLine(line: string): LoopLine | undefined {
  const [, point, number, time] = POINT.exec(line) ?? []
  if (number !== undefined && time !== undefined) {
    const at = micros(time)
    if (point === 'begin') return { kind: point, workers: Number(number), at }
    return { kind: point === 'end' ? 'end' : 'start', worker: Number(number), at }
  }
  return parsePiece(line)
}

function parsePiece(line: string): LoopLine | undefined {
  const [, kind, number, start, end, bytes, state, said] = PIECE.exec(line) ?? []
  if (start === undefined || end === undefined) return undefined
  const piece = { worker: Number(number), from: micros(start), at: micros(end) }
  if (piece.at < piece.from) return undefined
  if (kind === 'pass' && bytes !== undefined)
    return { kind, ...piece, bytes: Number(bytes), ok: state === 'ok' }
  return kind === 'check' && said !== undefined ? { kind, ...piece, right: said === 'right' } : undefined
}

/** undefined: a line that is broken. */
export async function* loopLines(files: WorkFiles): AsyncIterable<LoopLine | undefined> {
  const name = findWorkFile(files.names, LOG)
  if (name === undefined) return
  for await (const line of textLines(files.open(name))) yield line === null ? undefined : parseLoopLine(line)
}

/** What is known of the compressors once their lines are read in order. */
export interface Ledger {
  /** False: the line can't follow those before it (a line between them is missing). */
  take(line: LoopLine): boolean
  /** Compressors that the log should name; null: it does not say. */
  readonly workers: number | null
  /** From when on nothing is known of each compressor that did not get to its end, µs; one that never began: from the begin of all. */
  lost(): readonly number[]
}

interface Worker {
  /** Start of the pass that it is at; null: between passes. */
  open: number | null
  /** Its last time. */
  at: number
  ended: boolean
}

export function workerLedger(): Ledger {
  const workers = new Map<number, Worker>()
  let begun: { readonly workers: number; readonly at: number } | null = null
  return {
    get workers() {
      return begun?.workers ?? null
    },
    take(line) {
      if (line.kind === 'begin') {
        const first = begun === null && workers.size === 0
        begun ??= line
        return first
      }
      const worker = workers.get(line.worker) ?? { open: null, at: line.at, ended: false }
      workers.set(line.worker, worker)
      return begun !== null && line.worker >= 1 && line.worker <= begun.workers && follow(worker, line)
    },
    lost: () =>
      begun === null
        ? []
        : Array.from({ length: begun.workers }, (_, i) => workers.get(i + 1)).flatMap(worker =>
            worker?.ended ? [] : [worker?.open ?? worker?.at ?? begun?.at ?? 0],
          ),
  }
}

function follow(worker: Worker, line: Exclude<LoopLine, { kind: 'begin' }>): boolean {
  const { open, ended } = worker
  worker.at = line.at
  if (line.kind === 'start') worker.open = line.at
  if (line.kind === 'pass') worker.open = null
  if (line.kind === 'end') worker.ended = true
  return !ended && (line.kind === 'pass' ? open === line.from : open === null)
}
