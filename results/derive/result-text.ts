import { canonicalJson, type Json } from '../../harness/model/json.ts'
import type { Result } from '../../harness/model/result.ts'

/** The text of result.json: keys sorted, so that equal results are equal bytes. */
export const resultText = (result: Result): string =>
  `${JSON.stringify(JSON.parse(canonicalJson(result as Json)), null, 1)}\n`
