import type { ClusterRun } from '../../harness/model/result.ts'
import { significant } from './number-text.ts'

/** How far apart the programs of the load began, and in what doubt that is for clocks; null: there is one program at most. */
export function startText({ startSpread, startDoubt }: ClusterRun): string | null {
  if (startSpread === null) return null
  const text = `load programs began within ${significant(startSpread * 1000, 3)} ms`
  if (startDoubt === null) return `${text}, in what doubt for clocks is not known`
  return startDoubt === 0 ? text : `${text}, give or take ${significant(startDoubt * 1000, 2)} ms`
}
