import type { Finding } from '../model/finding.ts'

export type Verdict = 'valid' | 'unranked' | 'invalid'

/** How one attempt at a planned run ended. */
export interface RunEnd {
  readonly run: string
  readonly number: number
  readonly attempt: number
  readonly outcome: 'complete' | 'skipped' | 'aborted'
  /** null: there is none (skipped, aborted), or it can't be said. */
  readonly verdict: Verdict | null
  /** Findings made while it ran. */
  readonly findings: readonly Finding[]
  /** Why it was skipped or aborted. */
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | null
  /** It was aborted because a host could not be reached, or refused us. */
  readonly unreachable?: boolean
}

/** Something of ours that is still on a host. */
export interface Leftover {
  readonly run: string
  readonly target: string
  readonly host: string
  readonly what: string
  readonly reason: string
}

/** What became of a campaign; what the last lines of a run are printed from. */
export interface CampaignSummary {
  readonly id: string
  readonly dir: string
  /** Planned runs. */
  readonly planned: number
  /** Attempts of this call, in order. */
  readonly runs: readonly RunEnd[]
  /** Planned runs by how their last attempt on disk ended; together they are `planned`. */
  readonly complete: number
  readonly skipped: number
  /** Last attempt aborted, or no attempt yet. */
  readonly open: number
  /** Of the complete ones, by verdict; one whose verdict can't be said is in none. */
  readonly valid: number
  readonly unranked: number
  readonly invalid: number
  /** Ledger lines, and those of them whose thing is removed, was gone, or was to be kept. */
  readonly made: number
  readonly gone: number
  readonly left: readonly Leftover[]
  /** Stopped by the user before the end. */
  readonly interrupted: boolean
  /** resume: there was nothing left to measure. */
  readonly nothingToDo: boolean
  readonly sealed: boolean
  readonly points: { readonly stored: number; readonly waiting: number; readonly refused: number } | null
}
