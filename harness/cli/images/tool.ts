import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { JoulemarkError } from '../../model/error.ts'

/** Where a program lies on PATH; null: nowhere. */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (folder.startsWith('/') && (await isProgram(path))) return path
  }
  return null
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

export interface ToolRun {
  /** Folder that it runs in; what it reads and writes is named from there, since colons and commas of a path mean something to it. */
  readonly folder: string
  /** What it says, line by line, while it says it. */
  readonly tell: (line: string) => void
  readonly signal: AbortSignal
}

/** How a program ended that did not succeed. */
export interface ToolFailure {
  /** `exit code 1`. */
  readonly how: string
  /** Its last words; one line. */
  readonly said: string
}

const LAST_LINES = 20

/**
 * Runs a program to its end; null: it succeeded. No shell, no input.
 * @throws JoulemarkError `stopped` (exit `interrupted`) when the signal ended it
 */
export async function runTool(
  [program, ...args]: readonly [string, ...string[]],
  { folder, tell, signal }: ToolRun,
): Promise<ToolFailure | null> {
  const child = execa(program, args, {
    cwd: folder,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    cancelSignal: signal,
  })
  const last: string[] = []
  for await (const line of child.iterable({ from: 'all' })) {
    tell(line)
    if (line.trim() !== '') last.push(line)
    if (last.length > LAST_LINES) last.shift()
  }
  const ended = await child
  if (signal.aborted) throw stopped()
  if (!ended.failed) return null
  const how = ended.exitCode === undefined ? (ended.shortMessage ?? 'no end') : `exit code ${ended.exitCode}`
  return { how, said: lastWords(last) }
}

export const stopped = (): JoulemarkError =>
  new JoulemarkError({
    code: 'stopped',
    exit: 'interrupted',
    message: 'stopped by the user; nothing was written',
  })

/** Programs of the containers project log their error as `… level=fatal msg="…"`, others as a last line. */
function lastWords(lines: readonly string[]): string {
  const fatal = lines.findLast(line => /level=(fatal|error) msg=/.test(line)) ?? lines.at(-1) ?? ''
  const [, quoted] = / msg=("(?:[^"\\]|\\.)*")/.exec(fatal) ?? []
  try {
    return quoted === undefined ? fatal.trim() : String(JSON.parse(quoted))
  } catch {
    return fatal.trim()
  }
}
