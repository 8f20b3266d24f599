import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'

/** A recorded file under test/fixtures/workloads, decompressed where its name ends in .gz. */
export async function workFixture(path: string): Promise<Uint8Array> {
  const bytes = await readFile(new URL(`../fixtures/workloads/${path}`, import.meta.url))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
