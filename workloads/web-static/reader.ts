import type { Finding } from '../../harness/model/finding.ts'
import type { LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { findWorkFile, inChunks } from '../text-lines.ts'
import { exitMeaning } from './exit-codes.ts'
import { RAW } from './load.ts'
import { points } from './points.ts'

const MICROS_PER_MILLI = 1000

/** One piece per request, at its end; an answer that is not 200, or none, is failed. */
async function* requests(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Work> {
  for await (const point of points(chunks, ['http_req_duration'])) {
    if (point === null) continue
    const { at } = point
    const ok = point.tags['expected_response'] === 'true'
    // k6 writes 0 for a request that got no answer.
    yield ok ? { at, units: 1, ok, latency: point.value * MICROS_PER_MILLI } : { at, units: 1, ok }
  }
}

interface Sums {
  requests: number
  broken: number
  dropped: number
  /** Most virtual users that were there. */
  vuMax: number | null
  /** Most that were busy when k6 looked, once a second. */
  vuUsed: number | null
  checked: number
  wrong: number
}

const larger = (a: number | null, b: number): number => (a === null ? b : Math.max(a, b))

async function sumUp(chunks: AsyncIterable<Uint8Array>): Promise<Sums> {
  const sums: Sums = { requests: 0, broken: 0, dropped: 0, vuMax: null, vuUsed: null, checked: 0, wrong: 0 }
  for await (const point of points(chunks, [
    'http_req_duration',
    'dropped_iterations',
    'vus',
    'vus_max',
    'checks',
  ])) {
    if (point === null) sums.broken += 1
    else if (point.metric === 'http_req_duration') sums.requests += 1
    else if (point.metric === 'dropped_iterations') sums.dropped += point.value
    else if (point.metric === 'vus') sums.vuUsed = larger(sums.vuUsed, point.value)
    else if (point.metric === 'vus_max') sums.vuMax = larger(sums.vuMax, point.value)
    else {
      sums.checked += 1
      if (point.value !== 1) sums.wrong += 1
    }
  }
  return sums
}

function exitFindings(exitCode: number | null): Finding[] {
  const meaning = exitCode === null ? null : exitMeaning(exitCode)
  return meaning === null ? [] : [{ code: 'LOAD_EXIT', values: { tool: 'k6', exitCode, meaning } }]
}

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const findings = exitFindings(exitCode)
  const name = findWorkFile(files.names, RAW)
  const sums = name === undefined ? null : await sumUp(files.open(name))
  if (sums === null || sums.requests === 0) {
    findings.push({ code: 'WORK_ABSENT', values: { file: RAW } })
    return { dropped: null, vuMax: null, vuUsed: null, checked: null, wrong: null, exitCode, findings }
  }
  if (sums.broken > 0)
    findings.push({ code: 'SOURCE_ERROR', values: { collector: 'k6', source: RAW, errors: sums.broken } })
  const { dropped, vuMax, vuUsed, checked, wrong } = sums
  return { dropped, vuMax, vuUsed, checked, wrong, exitCode, findings }
}

/** Reads k6's raw output. */
export const k6Reader: WorkReader = {
  async *work(files) {
    const name = findWorkFile(files.names, RAW)
    if (name !== undefined) yield* inChunks(requests(files.open(name)))
  },
  facts,
}
