import { findingText } from '../../../results/report/finding-text.ts'
import { fixed } from '../../../results/report/number-text.ts'
import type { CampaignEvent } from '../../model/event.ts'
import { spanText } from '../span-text.ts'
import { type ProgressState, runLabel } from './progress-state.ts'

/**
 * What an event says on a line of its own where there is no terminal; null: nothing worth a line. `state` is the one before the event, so that
 * figures of the database are told when they change.
 */
export function plainLine(event: CampaignEvent, state: ProgressState): string | null {
  switch (event.type) {
    case 'campaign':
      return `${event.id}: ${event.runs} ${event.runs === 1 ? 'run' : 'runs'}, about ${spanText(event.secondsLeft)}, in ${event.dir}`
    case 'run-start':
      return `run ${event.number} of ${event.of}  ${runLabel(event)}  (about ${spanText(event.secondsLeft)} left)`
    case 'phase':
      return `  ${event.phase}${event.index > 0 ? ` ${event.index + 1}` : ''}${event.seconds === null ? '' : `  ${spanText(event.seconds)}`}`
    case 'progress':
      return `    ${event.text}`
    case 'finding':
      return `    finding: ${findingText(event.finding)}`
    case 'tear-down':
      return event.state === 'left' ? `    left behind: ${event.what}` : null
    case 'run-end':
      return `  ${event.outcome}${event.verdict === null ? '' : `, ${event.verdict}`}`
    case 'points':
      return samePoints(event, state)
        ? null
        : `  influx: ${fixed(event.stored, 0)} stored, ${fixed(event.waiting, 0)} waiting, ${fixed(event.refused, 0)} refused`
    case 'sealed':
      return 'sealed'
    case 'plan-written':
    case 'phase-end':
    case 'ledger':
    case 'fetch':
    case 'campaign-end':
      return null
  }
}

const samePoints = (event: Extract<CampaignEvent, { type: 'points' }>, { points }: ProgressState): boolean =>
  points !== null &&
  points.stored === event.stored &&
  points.waiting === event.waiting &&
  points.refused === event.refused
