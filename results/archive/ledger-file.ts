import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { canonicalJson } from '../../harness/model/json.ts'
import { LedgerLine } from '../../harness/model/run.ts'
import type { ArchiveFs } from './archive.ts'
import { isMissing } from './paths.ts'
import { MAX_BYTES, parseJson, readText } from './read-file.ts'

export interface LedgerFile {
  append(line: LedgerLine): Promise<void>
  read(): Promise<readonly LedgerLine[]>
}

export interface LedgerPlace {
  readonly fs: ArchiveFs
  /** Absolute. */
  readonly path: string
  /** Throws when nothing may be appended (a sealed campaign). */
  readonly allowed: () => Promise<void>
}

/** The ledger of a campaign: one JSON object per line, in the order of the calls; a line counts when its newline is there. */
export function ledgerFile({ fs, path, allowed }: LedgerPlace): LedgerFile {
  let whole = false
  let last: Promise<unknown> = Promise.resolve()

  async function appendLine(line: LedgerLine): Promise<void> {
    await allowed()
    const text = `${canonicalJson(LedgerLine.parse(line))}\n`
    const isNew = !whole && (await cutTornLine(path)) === 'missing'
    whole = false
    await fs.append(path, text)
    if (isNew) await fs.fsyncFolder(dirname(path))
    whole = true
  }

  return {
    append(line) {
      const done = last.then(() => appendLine(line))
      last = done.catch(() => undefined)
      return done
    },

    async read() {
      const text = await readText(path, MAX_BYTES.ledger)
      if (text === null) return []
      const lines = text.split('\n')
      lines.pop() // '' after the last newline, or what a crash left of a line that was never acted upon
      return lines.map((line, index) => parseJson(line, LedgerLine, `${path}:${index + 1}`))
    },
  }
}

/** Cuts off what follows the last newline, so that the next line starts at a line's start. */
async function cutTornLine(path: string): Promise<'missing' | 'whole'> {
  try {
    await using file = await open(path, 'r+')
    const { size } = await file.stat()
    const end = await endOfLastLine(file, size)
    if (end === size) return 'whole'
    await file.truncate(end)
    await file.sync()
    return 'whole'
  } catch (error) {
    if (isMissing(error)) return 'missing'
    throw error
  }
}

async function endOfLastLine(file: Awaited<ReturnType<typeof open>>, size: number): Promise<number> {
  const block = Buffer.alloc(64 * 1024)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length)
    const { bytesRead } = await file.read(block, 0, end - start, start)
    const at = block.subarray(0, bytesRead).lastIndexOf(0x0a)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}
