import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { JoulemarkError } from '../model/error.ts'
import type { HostFacts } from '../model/target.ts'
import type { Opener } from '../transport/become.ts'
import { execOn } from '../transport/exec.ts'
import { parseFacts } from './parse-facts.ts'

const DEADLINE_SECONDS = 120
const MAX_BYTES = 8 << 20

/** Asks a host what it is, in one command that leaves nothing behind. `probePaths` may hold `*` in a segment. */
export async function readFacts(
  opener: Opener,
  hostId: string,
  probePaths: readonly string[],
): Promise<HostFacts> {
  for (const path of probePaths)
    if (!path.startsWith('/') || path.includes('\n'))
      throw new JoulemarkError({
        code: 'bad-probe-path',
        message: `${JSON.stringify(path)} is not a path that can be looked at`,
      })
  const script = await readFile(new URL('./facts.sh', import.meta.url), 'utf8')
  const mark = `jm-${randomBytes(16).toString('hex')}`
  const argv = ['/bin/sh', '-c', script, 'facts', mark, ...probePaths]
  const exit = await execOn(opener, hostId, argv, { deadlineSeconds: DEADLINE_SECONDS, maxBytes: MAX_BYTES })
  try {
    return parseFacts(exit.stdout, mark)
  } catch (cause) {
    if (!(cause instanceof JoulemarkError)) throw cause
    throw new JoulemarkError({
      code: cause.code,
      message: `host ${hostId}: ${cause.message}`,
      exit: 'unreachable',
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      cause,
    })
  }
}
