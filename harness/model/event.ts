import type { Finding } from './finding.ts'
import type { PhaseName } from './run.ts'

/** What happens in a campaign, in order. The tree on a terminal, the plain lines, `--json` and tests all live from these. */
export type CampaignEvent =
  | {
      readonly type: 'campaign'
      readonly id: string
      readonly dir: string
      readonly runs: number
      readonly secondsLeft: number
    }
  /** Right after plan.json is durable. */
  | { readonly type: 'plan-written' }
  | {
      readonly type: 'run-start'
      readonly run: string
      readonly number: number
      readonly of: number
      readonly target: string
      readonly workload: string
      readonly repetition: number
      readonly attempt: number
      readonly secondsLeft: number
    }
  | {
      readonly type: 'phase'
      readonly run: string
      readonly phase: PhaseName
      readonly index: number
      readonly seconds: number | null
    }
  | { readonly type: 'phase-end'; readonly run: string; readonly phase: PhaseName; readonly index: number }
  | { readonly type: 'progress'; readonly run: string; readonly text: string }
  /** After the ledger line is durable, before the thing is made. */
  | { readonly type: 'ledger'; readonly run: string; readonly seq: number; readonly what: string }
  | { readonly type: 'fetch'; readonly run: string; readonly host: string; readonly path: string }
  | { readonly type: 'finding'; readonly run: string; readonly finding: Finding }
  | {
      readonly type: 'run-end'
      readonly run: string
      readonly outcome: 'complete' | 'skipped' | 'aborted'
      readonly verdict: 'valid' | 'unranked' | 'invalid' | null
      /** Why it is not complete, for the person at hand; what the archive has of it is the finding. */
      readonly error?: { readonly code: string; readonly message: string; readonly hint?: string }
    }
  | {
      readonly type: 'tear-down'
      readonly run: string
      readonly what: string
      readonly state: 'removed' | 'was-gone' | 'kept' | 'left'
      /** Why it is left. */
      readonly reason?: string
    }
  | { readonly type: 'points'; readonly stored: number; readonly waiting: number; readonly refused: number }
  | { readonly type: 'sealed' }
  | {
      readonly type: 'campaign-end'
      readonly valid: number
      readonly unranked: number
      readonly invalid: number
      readonly skipped: number
      readonly made: number
      readonly gone: number
    }

/** Called synchronously; may return a promise that is awaited before going on. */
export type EmitEvent = (event: CampaignEvent) => void | Promise<void>
