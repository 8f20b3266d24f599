import { readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import type { Problem } from '../model/error.ts'
import type { MeterKind } from '../model/meter.ts'
import { type ParsedSource, type Path, parseSource, type SourceDocument } from './document.ts'
import { type Folders, resolvePath } from './paths.ts'
import { valueAt } from './schema-at.ts'

/** A list of registers is short. */
const MAX_BYTES = 262_144

interface Part {
  /** Of the key whose value is in a file of its own. */
  readonly path: Path
  readonly document: SourceDocument
}

/**
 * Settings of meters that stand in files of their own (`MeterKind.files`), put in their places: plan and archive need no other file. Problems in
 * them are told with their own file, line and column.
 */
export async function withIncluded(
  document: SourceDocument,
  o: Folders & { readonly kinds: ReadonlyMap<string, MeterKind> },
): Promise<ParsedSource> {
  const found = await Promise.all(
    namesOf(document.value, o.kinds).map(async ({ path, name }) => ({
      path,
      read: await readPart(name, { ...o, beside: document.place([]).file ?? '' }),
    })),
  )
  const problems = found.flatMap(({ path, read }): readonly Problem[] => {
    if (typeof read === 'string')
      return [{ code: 'file-unreadable', place: document.place(path), message: read }]
    return read.ok ? [] : read.problems
  })
  if (problems.length > 0) return { ok: false, problems }
  const parts = found.flatMap(({ path, read }): Part[] =>
    typeof read !== 'string' && read.ok ? [{ path, document: read.document }] : [],
  )
  return {
    ok: true,
    document: {
      value: parts.reduce((value, part) => replaced(value, part.path, part.document.value), document.value),
      place(path, of) {
        const part = parts.find(
          one => path.length > one.path.length && one.path.every((step, i) => path[i] === step),
        )
        return part === undefined
          ? document.place(path, of)
          : part.document.place(path.slice(part.path.length), of)
      },
    },
  }
}

/** Files that are named, in whatever the file holds. */
function namesOf(
  file: unknown,
  kinds: ReadonlyMap<string, MeterKind>,
): readonly { readonly path: Path; readonly name: string }[] {
  const meters = valueAt(file, ['meters'])
  return (Array.isArray(meters) ? meters : []).flatMap((meter: unknown, i) => {
    const id = valueAt(meter, ['kind'])
    const { files = [] } = (typeof id === 'string' ? kinds.get(id) : undefined) ?? {}
    return files.flatMap(key => {
      const name = valueAt(meter, [key])
      return typeof name === 'string' ? [{ path: ['meters', i, key], name }] : []
    })
  })
}

/** Text: why it can't be read. */
async function readPart(
  name: string,
  o: Folders & { readonly beside: string },
): Promise<ParsedSource | string> {
  const path = resolvePath(name, o)
  try {
    const found = await stat(path)
    if (!found.isFile()) return `${JSON.stringify(name)} is not a file`
    if (found.size > MAX_BYTES)
      return `${JSON.stringify(name)} has ${found.size} bytes; at most ${MAX_BYTES} are read`
    const shown = isAbsolute(name) || name.startsWith('~') ? name : join(dirname(o.beside), name)
    return parseSource(await readFile(path, 'utf8'), shown)
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    return `${JSON.stringify(name)} ${code === 'ENOENT' ? 'does not exist' : `can not be read (${code})`}`
  }
}

/** A copy in which another value is at a path. */
function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return by
  if (Array.isArray(value)) return value.map((one, i) => (i === step ? replaced(one, rest, by) : one))
  return typeof value === 'object' && value !== null
    ? { ...value, [step]: replaced(valueAt(value, [step]), rest, by) }
    : value
}
