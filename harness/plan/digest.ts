import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'

/** sha256, hex, of the canonical JSON of everything in the plan but its digest. */
export function planDigest(plan: Omit<Plan, 'digest'>): string {
  // as it is stored: without keys that are undefined, the digest among them
  const stored = JSON.parse(JSON.stringify({ ...plan, digest: undefined })) as Json
  return createHash('sha256').update(canonicalJson(stored)).digest('hex')
}
