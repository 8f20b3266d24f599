import type { WorkFiles } from '../harness/model/workload.ts'

/** A line longer than this is not one of ours; it is given as null. */
const LONGEST = 65_536

/**
 * Lines of a stream of UTF-8, without their line feed. A last line without one is torn and left out. A line beyond 64 Ki characters
 * comes as null, so that a file without line feeds can't fill the memory.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string | null> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  let skipping = false
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      yield skipping || line.length > LONGEST ? null : line
      skipping = false
    }
    if (rest.length > LONGEST) {
      skipping = true
      rest = ''
    }
  }
}

/** The work file of that name, as it lies in the archive (which may have compressed it); undefined: it is not there. */
export const findWorkFile = (names: readonly string[], name: string): string | undefined =>
  names.find(candidate => candidate === name) ?? names.find(candidate => candidate === `${name}.gz`)

/** Gathers pieces into arrays of at most `size`, so that readers of millions go in steps. */
export async function* inChunks<T>(pieces: AsyncIterable<T>, size = 1000): AsyncIterable<readonly T[]> {
  let chunk: T[] = []
  for await (const piece of pieces) {
    chunk.push(piece)
    if (chunk.length >= size) {
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}

const LONGEST_TEXT = 1_048_576

/** A small work file as text; null: it is not there. What lies beyond 1 Mi characters is left out. */
export async function wholeText(files: WorkFiles, name: string): Promise<string | null> {
  const found = findWorkFile(files.names, name)
  if (found === undefined) return null
  const decoder = new TextDecoder('utf-8')
  let text = ''
  for await (const chunk of files.open(found)) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length >= LONGEST_TEXT) break
  }
  return text.slice(0, LONGEST_TEXT)
}
