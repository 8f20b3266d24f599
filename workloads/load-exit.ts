import type { Finding } from '../harness/model/finding.ts'

/**
 * The finding of a load program that did not end as it should; none for a good end. A program whose end nobody saw has not ended well.
 * @param meaning of an exit code; null: a good one
 */
export function loadExit(
  tool: string,
  exitCode: number | null,
  meaning: (code: number) => string | null,
): readonly Finding[] {
  const said = exitCode === null ? 'its end was not seen' : meaning(exitCode)
  return said === null ? [] : [{ code: 'LOAD_EXIT', values: { tool, exitCode, meaning: said } }]
}
