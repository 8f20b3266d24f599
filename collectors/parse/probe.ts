import type { Availability } from '../../harness/model/collector.ts'
import type { HostFacts } from '../../harness/model/target.ts'

/** What a look at a path gave: its text, or a symbolic errno; ENOENT when nobody looked. */
export const probed = (
  facts: HostFacts,
  path: string,
): { readonly text: string } | { readonly error: string } =>
  Object.hasOwn(facts.probes, path) ? (facts.probes[path] ?? { error: 'ENOENT' }) : { error: 'ENOENT' }

export const isForbidden = (look: { readonly text: string } | { readonly error: string }): boolean =>
  'error' in look && (look.error === 'EACCES' || look.error === 'EPERM')

/**
 * Availability of a source that is one file which everybody may read.
 * @param absentHint what to do when the file is not there
 */
export function fileThere(facts: HostFacts, path: string, absentHint: string): Availability {
  const look = probed(facts, path)
  if ('text' in look) return { state: 'available', detail: path }
  return isForbidden(look)
    ? { state: 'forbidden', reason: `${path}: ${look.error}`, hint: 'measure as a user who may read it' }
    : { state: 'absent', reason: `${path}: ${look.error}`, hint: absentHint }
}
