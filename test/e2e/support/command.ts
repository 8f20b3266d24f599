import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'

export const root = path.resolve(import.meta.dirname, '../../..')
export const tsx = path.join(root, 'node_modules/.bin/tsx')

export interface Outcome {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Wraps argv, e.g. to run inside a namespace. */
  readonly wrap?: (argv: readonly string[]) => readonly [string, ...string[]]
}

/** Runs a TypeScript main of the checkout, as its users do. */
export async function runMain(
  main: string,
  args: readonly string[],
  o: CommandOptions = {},
): Promise<Outcome> {
  const argv = [tsx, path.join(root, main), ...args]
  const [program, ...rest] = o.wrap?.(argv) ?? (argv as [string, ...string[]])
  const done = await execa(program, rest, {
    cwd: o.cwd ?? root,
    reject: false,
    stdin: 'ignore',
    env: { NO_COLOR: '1', ...o.env },
  })
  return {
    code: done.exitCode ?? null,
    signal: done.signal ?? null,
    stdout: done.stdout,
    stderr: done.stderr,
  }
}

/** The command, from source. */
export const joulemark = (args: readonly string[], o: CommandOptions = {}): Promise<Outcome> =>
  runMain('harness/cli/main.ts', args, o)

export interface Folder extends AsyncDisposable {
  readonly path: string
}

/** A folder of the test's own, gone when it ends. */
export async function scratch(name: string): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), `jm-e2e-${name}-`))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** The only campaign below a folder. */
export async function onlyCampaign(out: string): Promise<string> {
  const { readdir } = await import('node:fs/promises')
  const names = await readdir(out)
  if (names.length !== 1) throw new Error(`expected one campaign in ${out}, found: ${names.join(', ')}`)
  return path.join(out, names[0] ?? '')
}
