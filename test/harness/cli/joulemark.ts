import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

/** Other tests on this machine must not wait for ours. */
export const lockDir = join(tmpdir(), `joulemark-cli-locks-${process.pid}`)

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Ended {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command from its sources, as a user's shell would. */
export async function joulemark(
  args: readonly string[],
  o: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Ended> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [`${root}node_modules/tsx/dist/cli.mjs`, `${root}harness/cli/main.ts`, ...args],
    {
      cwd: o.cwd ?? root,
      env: { NO_COLOR: '1', FORCE_COLOR: undefined, JOULEMARK_LOCK_DIR: lockDir, ...o.env },
      reject: false,
      stdin: 'ignore',
      timeout: 120_000,
    },
  )
  return { exitCode, stdout, stderr }
}
