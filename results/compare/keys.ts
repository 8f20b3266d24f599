import { canonicalJson, type Json } from '../../harness/model/json.ts'
import type { Key } from '../../harness/model/result.ts'
import type { Difference } from './comparison.ts'

/**
 * Parts in which two keys differ, sorted; objects are opened, so that a part is named as exactly as `params.rate`. A part that a key
 * does not have is null there.
 */
export function keyDifferences(a: Key, b: Key): Difference[] {
  const flatA = flat(a)
  const flatB = flat(b)
  return [...new Set([...flatA.keys(), ...flatB.keys()])]
    .sort()
    .map(part => ({ part, a: flatA.get(part) ?? null, b: flatB.get(part) ?? null }))
    .filter(d => canonicalJson(d.a) !== canonicalJson(d.b))
}

function flat(value: { readonly [part: string]: Json }, path = ''): Map<string, Json> {
  const parts = new Map<string, Json>()
  for (const [name, part] of Object.entries(value)) {
    if (part !== null && typeof part === 'object' && !Array.isArray(part)) {
      for (const [below, leaf] of flat(part as { readonly [part: string]: Json }, `${path}${name}.`))
        parts.set(below, leaf)
    } else parts.set(`${path}${name}`, part)
  }
  return parts
}
