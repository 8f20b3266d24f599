import type { Host } from '../../model/target.ts'
import type { ToolNeed } from '../../model/workload.ts'
import { script } from '../on-host.ts'

// Places of system programs are searched even where the login's PATH leaves them out.
const FIND = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"; globs=$1; shift
while [ "$globs" -gt 0 ]; do
  old=$IFS; IFS=; for file in $1; do [ -f "$file" ] && [ -x "$file" ] && printf '%s\\n' "$file"; done; IFS=$old
  shift; globs=$((globs - 1))
done
for name; do command -v "$name"; done; true`

/** Newest first where a version stands in the path: 15 before 9.6. */
const byNumbers = new Intl.Collator('en', { numeric: true })

export interface Found {
  readonly path: string
  readonly version: string
}

/** The version in what a program printed; undefined: no line matches. The first group of the pattern counts, else the whole match. */
export function versionIn(output: string, pattern: RegExp): string | undefined {
  const plain = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  for (const line of output.split('\n')) {
    const match = plain.exec(line)
    if (match !== null) return (match[1] ?? match[0]).trim()
  }
  return undefined
}

/** Version of the program at that path; undefined: it does not run or does not say. */
export async function askVersion(host: Host, path: string, need: ToolNeed): Promise<string | undefined> {
  const exit = await host.exec(script('"$@"', path, ...need.versionArgs), {
    deadlineSeconds: 20,
    maxBytes: 65_536,
  })
  return exit.code === 0 ? versionIn(`${exit.stdout}\n${exit.stderr}`, need.versionPattern) : undefined
}

/** The first program that is there and says its version: `paths` before PATH, in a glob the highest number first. */
export async function findTool(host: Host, need: ToolNeed): Promise<Found | undefined> {
  const globs = need.paths ?? []
  const exit = await host.exec(script(FIND, String(globs.length), ...globs, ...need.programs))
  const paths = [...new Set(exit.stdout.split('\n').filter(line => line.startsWith('/')))]
  const onPath = paths.filter(path => !globs.some(glob => matches(glob, path)))
  const inGlobs = globs.flatMap(glob =>
    paths.filter(path => matches(glob, path)).sort((a, b) => byNumbers.compare(b, a)),
  )
  for (const path of [...inGlobs, ...onPath]) {
    const version = await askVersion(host, path, need)
    if (version !== undefined) return { path, version }
  }
  return undefined
}

function matches(glob: string, path: string): boolean {
  const pattern = glob.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '[^/]*')
  return new RegExp(`^${pattern}$`).test(path)
}
