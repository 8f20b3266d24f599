import type { CampaignEvent } from '../../model/event.ts'
import type { Finding } from '../../model/finding.ts'
import type { PhaseName } from '../../model/run.ts'

type Event<T extends CampaignEvent['type']> = Extract<CampaignEvent, { type: T }>

export interface PhaseView {
  readonly name: PhaseName
  readonly index: number
  /** Planned length; null: as long as it takes. */
  readonly seconds: number | null
  /** Times of the view: milliseconds of the clock that is handed in. */
  readonly since: number
  readonly until: number | null
  /** What was said last in it. */
  readonly text: string
}

export interface RunView {
  readonly start: Event<'run-start'>
  readonly phases: readonly PhaseView[]
  /** What was said before its first phase. */
  readonly text: string
}

/** A campaign as it stands, for showing. Lives from events alone. */
export interface ProgressState {
  readonly campaign: Event<'campaign'> | null
  /** Run under way. */
  readonly run: RunView | null
  readonly ended: readonly Event<'run-end'>[]
  readonly findings: readonly { readonly label: string; readonly finding: Finding }[]
  readonly points: Event<'points'> | null
  readonly left: { readonly seconds: number; readonly since: number } | null
  readonly removed: number
  readonly sealed: boolean
  readonly stopping: boolean
}

export const initialProgress: ProgressState = {
  campaign: null,
  run: null,
  ended: [],
  findings: [],
  points: null,
  left: null,
  removed: 0,
  sealed: false,
  stopping: false,
}

/** `cloud-a oltp-postgres r2`, with the attempt when it is not the first. */
export const runLabel = (start: Event<'run-start'>): string =>
  `${start.target} ${start.workload} r${start.repetition}${start.attempt > 1 ? ` attempt ${start.attempt}` : ''}`

/** The state after an event; `now` in milliseconds. */
export function advance(state: ProgressState, event: CampaignEvent, now: number): ProgressState {
  switch (event.type) {
    case 'campaign':
      return { ...state, campaign: event, left: { seconds: event.secondsLeft, since: now } }
    case 'run-start':
      return {
        ...state,
        run: { start: event, phases: [], text: '' },
        left: { seconds: event.secondsLeft, since: now },
        removed: 0,
      }
    case 'phase':
      return inRun(state, run => ({ ...run, phases: [...closed(run.phases, now), opened(event, now)] }))
    case 'phase-end':
      return inRun(state, run => ({ ...run, phases: closed(run.phases, now) }))
    case 'progress':
      return inRun(state, run => said(run, event.text))
    case 'finding':
      return {
        ...state,
        findings: [
          ...state.findings,
          { label: state.run === null ? event.run : runLabel(state.run.start), finding: event.finding },
        ],
      }
    case 'tear-down':
      return { ...state, removed: state.removed + 1 }
    case 'run-end':
      return { ...state, ended: [...state.ended, event], run: null }
    case 'points':
      return { ...state, points: event }
    case 'sealed':
      return { ...state, sealed: true }
    case 'campaign-end':
      return { ...state, run: null, left: null }
    case 'plan-written':
    case 'ledger':
    case 'fetch':
      return state
  }
}

const inRun = (state: ProgressState, change: (run: RunView) => RunView): ProgressState =>
  state.run === null ? state : { ...state, run: change(state.run) }

const opened = (event: Event<'phase'>, now: number): PhaseView => ({
  name: event.phase,
  index: event.index,
  seconds: event.seconds,
  since: now,
  until: null,
  text: '',
})

const closed = (phases: readonly PhaseView[], now: number): readonly PhaseView[] =>
  phases.map(phase => (phase.until === null ? { ...phase, until: now } : phase))

function said(run: RunView, text: string): RunView {
  const last = run.phases.at(-1)
  if (last === undefined || last.until !== null) return { ...run, text }
  return { ...run, phases: [...run.phases.slice(0, -1), { ...last, text }] }
}
