import { z } from 'zod'
import type { RunParts } from './parts.ts'

const STATE = 'handed-over.json'
const HandedOver = z.strictObject({ runs: z.array(z.string()) })

async function handedOver({ archive }: Pick<RunParts, 'archive'>): Promise<readonly string[]> {
  const found = HandedOver.safeParse(await archive.readState(STATE))
  return found.success ? found.data.runs : []
}

/** Gives a complete run to the sink. A sink that fails loses nothing: the archive has it all, and `sync` takes it from there. */
export async function handOver(parts: RunParts, run: string): Promise<void> {
  const { sink, archive, emit } = parts
  if (sink === null) return
  try {
    await sink.accept(run)
    await archive.writeState(STATE, { runs: [...(await handedOver(parts)), run] })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    await emit({ type: 'progress', run, text: `not handed over to the database: ${reason}` })
  }
  await emit({ type: 'points', ...sink.counts() })
}

/** Gives the sink what a dead controller did not get to give. */
export async function handOverMissing(parts: RunParts, complete: readonly string[]): Promise<void> {
  const done = new Set(await handedOver(parts))
  for (const run of complete) if (!done.has(run)) await handOver(parts, run)
}
