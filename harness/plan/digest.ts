import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../model/json.ts'
import type { Plan } from '../model/plan.ts'

/** sha256, hex, of the canonical JSON of everything in the plan but its digest. */
export function planDigest({
  digest: _,
  ...plan
}: Omit<Plan, 'digest'> & { readonly digest?: string }): string {
  const asStored = JSON.parse(JSON.stringify(plan)) as Json
  return createHash('sha256').update(canonicalJson(asStored)).digest('hex')
}
