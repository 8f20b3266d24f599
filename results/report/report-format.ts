import type { Result } from '../../harness/model/result.ts'

export interface ReportFile {
  /** Relative to the report's folder, `/`-separated. */
  readonly path: string
  readonly content: string | Uint8Array
}

/** One way to show a result. Sees the result and nothing else: equal results give equal bytes. */
export interface ReportFormat {
  readonly id: string
  readonly title: string
  render(result: Result): Promise<readonly ReportFile[]>
}
