import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../harness/model/error.ts'

/** Names inside a campaign folder (DESIGN section 6; docs/archive-format.md). */
export const LAYOUT = {
  data: 'data',
  /** The campaign's id, which the folder's name may lose. */
  id: 'data/campaign-id',
  campaign: 'data/campaign.yaml',
  plan: 'data/plan.json',
  ledger: 'data/ledger.jsonl',
  runs: 'data/runs',
  derived: 'derived',
  /** Outside of the seal, with hashes of its own. */
  attached: 'attached',
  state: 'state',
  record: 'run.json',
  cleanup: 'cleanup.json',
} as const

/** Longest segment: room for the temporary name's prefix and suffix below NAME_MAX (255 bytes). */
export const MAX_SEGMENT = 200
export const MAX_PATH = 1024
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._:+@=,-]*$/

/**
 * Checks a relative path of the archive: `/`-separated ASCII segments of letters, digits and `._:+@=,-`, none starting with a dot
 * (so neither `..` nor a temporary name), none longer than 200, 1024 in all.
 * @throws JoulemarkError `path-unsafe`
 */
export function safePath(path: string): string {
  const bad = whyUnsafe(path)
  if (bad === null) return path
  throw new JoulemarkError({
    code: 'path-unsafe',
    message: `not a path for an archive: ${JSON.stringify(path.slice(0, 200))}: ${bad}`,
    hint: 'use letters, digits and . _ : + @ = , - in names that do not start with a dot',
  })
}

function whyUnsafe(path: string): string | null {
  if (path === '') return 'it is empty'
  if (path.length > MAX_PATH) return `it is longer than ${MAX_PATH}`
  for (const segment of path.split('/')) {
    if (segment.length > MAX_SEGMENT) return `a name is longer than ${MAX_SEGMENT}`
    if (!SEGMENT.test(segment)) return `${JSON.stringify(segment.slice(0, 80))} is not an allowed name`
  }
  return null
}

/** Name under which a file is written before it is whole; never a safe path's segment. */
export const temporaryName = (name: string): string => `.${name}.tmp`
export const isTemporaryName = (name: string): boolean => name.startsWith('.') && name.endsWith('.tmp')

/** True for the error of a file or folder that is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/**
 * Absolute path of a safe relative path below root. Symbolic links on the way, and at its end, are refused: an archive is files and
 * folders alone, so nothing is read from or written to a place outside of it. What does not exist yet is fine.
 * @throws JoulemarkError `path-unsafe`
 */
export async function insidePath(root: string, path: string): Promise<string> {
  let at = root
  for (const segment of safePath(path).split('/')) {
    at = join(at, segment)
    let stat: Awaited<ReturnType<typeof lstat>>
    try {
      stat = await lstat(at)
    } catch (error) {
      if (isMissing(error)) return join(root, path)
      throw error
    }
    if (stat.isSymbolicLink()) {
      throw new JoulemarkError({
        code: 'path-unsafe',
        exit: 'corrupt',
        message: `${path}: ${segment} is a symbolic link; an archive has none`,
        place: { file: at },
        hint: 'replace the link by the file or folder it stands for',
      })
    }
  }
  return at
}
