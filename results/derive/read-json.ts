import type { z } from 'zod'
import { JoulemarkError } from '../../harness/model/error.ts'
import type { RunArchive } from '../archive/archive.ts'

/** What can be read of a run. */
type Source = Pick<RunArchive, 'id' | 'read'>

/** No file of a run that is read as a whole is larger: facts of a host are a few hundred KiB at most. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Reads a JSON file of a run and checks it against its schema.
 * @returns null when the run does not have the file
 * @throws JoulemarkError `archive-unreadable` when it is not what its schema says
 */
export async function readJson<T>(run: RunArchive, path: string, schema: z.ZodType<T>): Promise<T | null> {
  if (!(await run.exists(path))) return null
  const parsed = schema.safeParse(parse(await readText(run, path), run.id, path))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw unreadable(
    run.id,
    path,
    `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`,
    parsed.error,
  )
}

async function readText(run: Source, path: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for await (const chunk of run.read(path)) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw unreadable(run.id, path, `larger than ${MAX_BYTES} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parse(text: string, run: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(run, path, 'not JSON', cause)
  }
}

/** A file in the archive that cannot be what was written there. */
export const unreadable = (run: string, path: string, why: string, cause?: unknown): JoulemarkError =>
  new JoulemarkError({
    code: 'archive-unreadable',
    exit: 'corrupt',
    message: `run ${run}: ${path} cannot be read: ${why}`,
    place: { file: `data/runs/${run}/${path}` },
    hint: 'Compare with a copy of the campaign: `joulemark verify DIR` names every file that changed.',
    cause,
  })

/** A file of JSON objects, one a line. @throws JoulemarkError with the line that is something else */
export async function readLines<T>(run: Source, path: string, schema: z.ZodType<T>): Promise<T[]> {
  const lines = (await readText(run, path)).split('\n').filter(Boolean)
  return lines.map((line, i) => {
    try {
      return schema.parse(JSON.parse(line))
    } catch (error) {
      throw unreadable(
        run.id,
        path,
        `line ${i + 1}: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  })
}
