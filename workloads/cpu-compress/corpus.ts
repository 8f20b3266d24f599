import { fastRandom } from '../fast-random.ts'

type Random = () => number
/** Writes from `at` to `end` of the target. */
type Fill = (target: Uint8Array, at: number, end: number) => void

const ascii = new TextEncoder()
const WORDS = 4096
const BLOCK_LEAST = 4096
const BLOCK_SPAN = 61_440

/** A vocabulary of made-up words, the frequent ones first and shorter. */
function vocabulary(random: Random): readonly Uint8Array[] {
  return Array.from({ length: WORDS }, (_, rank) => {
    const length = 2 + (random() % 3) + ((31 - Math.clz32(rank + 2)) >>> 1)
    const letters = Array.from({ length }, () => String.fromCharCode(97 + (random() % 26)))
    return ascii.encode(`${letters.join('')} `)
  })
}

/** Repeats `next` until the stretch is full; the last piece is cut. */
const pieces =
  (next: () => Uint8Array): Fill =>
  (target, at, end) => {
    for (let position = at; position < end; ) {
      const piece = next()
      target.set(piece.subarray(0, end - position), position)
      position += piece.length
    }
  }

/** Running text: low ranks of the vocabulary are frequent (a product of two uniform numbers). */
function textOf(random: Random): Fill {
  const words = vocabulary(random)
  return pieces(() => words[((random() >>> 20) * (random() >>> 20)) >>> 12] ?? ascii.encode('a '))
}

/** Lines as a server's log has them: a growing time, few paths, sizes. */
function logLines(random: Random): Fill {
  let time = 1_700_000_000
  return pieces(() => {
    time += random() % 3
    const path = `/item/${random() % 500}/part-${random() % 20}`
    return ascii.encode(
      `${time} GET ${path} 200 ${random() % 100_000} 0.${String(random() % 1000).padStart(3, '0')}\n`,
    )
  })
}

/** Records of four little-endian 32 bit numbers: a counter, a slow walk, a small number, a random one. */
function records(random: Random): Fill {
  const record = new Uint8Array(16)
  const view = new DataView(record.buffer)
  let count = 0
  let walk = 1_000_000
  return pieces(() => {
    count += 1
    walk += (random() % 201) - 100
    view.setUint32(0, count, true)
    view.setInt32(4, walk, true)
    view.setUint32(8, random() % 16, true)
    view.setUint32(12, random(), true)
    return record
  })
}

/** What can't be compressed. */
const noise =
  (random: Random): Fill =>
  (target, at, end) => {
    for (let i = at; i < end; i += 1) target[i] = random() & 255
  }

/**
 * Data that compress about as well as mixed files do: of ten blocks, on average five of text, two of log lines, two of records, one of
 * noise. The same bytes for the same seed and size on every machine.
 */
export function corpus(seed: number, bytes: number): Uint8Array {
  const random = fastRandom(seed)
  const text = textOf(random)
  const log = logLines(random)
  const table = records(random)
  const kinds: readonly Fill[] = [text, text, text, text, text, log, log, table, table, noise(random)]
  const target = new Uint8Array(bytes)
  for (let at = 0; at < bytes; ) {
    const end = Math.min(bytes, at + BLOCK_LEAST + (random() % BLOCK_SPAN))
    kinds[random() % kinds.length]?.(target, at, end)
    at = end
  }
  return target
}
