import type { Check, LoadFacts, Work, WorkFiles, WorkReader } from '../../harness/model/workload.ts'
import { loadExit } from '../load-exit.ts'
import { findWorkFile, inChunks, wholeText } from '../text-lines.ts'
import { exitMeaning } from './exit-codes.ts'
import { RAW, SUMMARY } from './load.ts'
import { points } from './points.ts'
import { requestsOf } from './summary.ts'

const MICROS_PER_MILLI = 1000

/**
 * One piece per request, at its end; an answer that is not 200, or none, is failed. Its latency is k6's http_req_duration: from sending to
 * the last byte, over a connection that is open already; waiting for one, and connecting, are not in it.
 */
async function* requests(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Work> {
  for await (const point of points(chunks, ['http_req_duration'])) {
    if (point === null) continue
    const { at } = point
    const ok = point.tags['expected_response'] === 'true'
    // k6 writes 0 for a request that got no answer.
    yield ok ? { at, units: 1, ok, latency: point.value * MICROS_PER_MILLI } : { at, units: 1, ok }
  }
}

async function* checks(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Check> {
  for await (const point of points(chunks, ['checks']))
    if (point !== null) yield { at: point.at, right: point.value === 1 }
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

/**
 * Why the record of requests is not whole; null: it is. k6 counts its requests itself and writes the count last, when it ends in good
 * order. Killed, it writes none, and seconds of what it had not yet written out are gone: nobody knows how many requests those were, so
 * the torn file can't be made good by leaving out its last line.
 */
function whyAbsent(sums: Sums, summary: string | null): string | null {
  if (sums.requests === 0) return 'there is no request in it'
  if (sums.broken > 0) return `${sums.broken} lines of it are broken`
  if (summary === null) return 'k6 left no summary, so it did not end in good order and the record may be cut'
  const counted = requestsOf(summary)
  if (counted === undefined) return 'the summary of k6 does not say how many requests there were'
  return counted === sums.requests
    ? null
    : `it has ${sums.requests} requests, and k6 counted ${counted} of them`
}

async function facts(files: WorkFiles, exitCode: number | null): Promise<LoadFacts> {
  const name = findWorkFile(files.names, RAW)
  const sums = name === undefined ? null : await sumUp(files.open(name))
  const reason = sums === null ? 'there is no file of it' : whyAbsent(sums, await wholeText(files, SUMMARY))
  const findings = [
    ...loadExit('k6', exitCode, exitMeaning),
    ...(reason === null ? [] : [{ code: 'WORK_ABSENT' as const, values: { file: RAW, reason } }]),
  ]
  if (sums === null || sums.requests === 0)
    return { dropped: null, vuMax: null, vuUsed: null, checked: null, wrong: null, exitCode, findings }
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
  async *checks(files) {
    const name = findWorkFile(files.names, RAW)
    if (name !== undefined) yield* inChunks(checks(files.open(name)))
  },
}
