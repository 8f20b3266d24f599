// Runs in k6, not in Node: k6 strips the types itself. Asks for static files at a constant arrival rate.
import { check } from 'k6'
import crypto from 'k6/crypto'
import exec from 'k6/execution'
import http from 'k6/http'
import type { Options } from 'k6/options'

/** load.json beside this script, written by load.ts of this folder. */
interface Load {
  /** address:port of the server; known here as `sut`, so that no address comes into any record. */
  sut: string
  /** Of the run, for the user agent. */
  mark: string
  /** One of several programs: every sample carries the iteration's own number, so that a reader can tell that none was done twice. */
  numbered: boolean
  rate: number
  seconds: number
  vusMax: number
  checkEvery: number
  seed: number
  files: { name: string; bytes: number; sha256: string }[]
}

const load = JSON.parse(open('./load.json')) as Load

export const options: Options = {
  scenarios: {
    load: {
      executor: 'constant-arrival-rate',
      rate: load.rate,
      timeUnit: '1s',
      duration: `${load.seconds}s`,
      // All from the start: k6 drops an iteration whenever it has to make one more.
      preAllocatedVUs: load.vusMax,
      maxVUs: load.vusMax,
      gracefulStop: '2s',
    },
  },
  hosts: { sut: load.sut },
  userAgent: `joulemark/${load.mark}`,
  discardResponseBodies: true,
  // Every tag makes every record longer; only these two are read.
  systemTags: ['status', 'expected_response'],
  summaryTrendStats: ['count', 'min', 'avg', 'med', 'p(95)', 'p(99)', 'max'],
}

http.setResponseCallback(http.expectedStatuses(200))

/** A number from an iteration's own number, so that in whatever order iterations run they ask for the same files (mixer of MurmurHash3, public domain). */
function mixed(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export default function () {
  const iteration = exec.scenario.iterationInTest
  if (load.numbered) exec.vu.metrics.metadata['iteration'] = String(iteration)
  const file = load.files[mixed(iteration + load.seed) % load.files.length]
  if (file === undefined) return
  const url = `http://sut/${file.name}`
  if (iteration % load.checkEvery !== 0) {
    http.get(url)
    return
  }
  const answer = http.get(url, { responseType: 'binary' })
  check(answer, {
    content: ({ body }) =>
      body instanceof ArrayBuffer &&
      body.byteLength === file.bytes &&
      crypto.sha256(body, 'hex') === file.sha256,
  })
}

/** In place of a flag: the flag for this differs between versions of k6. */
export function handleSummary(data: unknown): Record<string, string> {
  return { 'k6-summary.json': JSON.stringify(data) }
}
