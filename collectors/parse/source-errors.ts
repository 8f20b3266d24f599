import type { Finding } from '../../harness/model/finding.ts'

/** Counts readings that failed, source by source. */
export interface SourceErrors {
  note(source: string, reason: string): void
  /** One SOURCE_ERROR per source, with the number of errors and the first reason. */
  findings(): Finding[]
}

export function newSourceErrors(who: { readonly collector: string; readonly host: string }): SourceErrors {
  const bySource = new Map<string, { errors: number; readonly reason: string }>()
  return {
    note(source, reason) {
      const seen = bySource.get(source)
      if (seen === undefined) bySource.set(source, { errors: 1, reason })
      else seen.errors += 1
    },
    findings: () =>
      [...bySource].map(([source, { errors, reason }]) => ({
        code: 'SOURCE_ERROR',
        ...who,
        values: { ...who, source, errors, reason },
      })),
  }
}
