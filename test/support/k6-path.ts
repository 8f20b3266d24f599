import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Path of k6 for tests: built once into the testbed's cache (scripts/get-k6). */
export async function k6Path(): Promise<string> {
  const script = fileURLToPath(new URL('../../scripts/get-k6', import.meta.url))
  const { stdout } = await promisify(execFile)(script, [], { timeout: 600_000 })
  return stdout.trim()
}
