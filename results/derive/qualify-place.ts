import { JoulemarkError } from '../../harness/model/error.ts'
import type { PlannedMeter } from '../../harness/model/meter.ts'
import type { Plan } from '../../harness/model/plan.ts'

/** What is held against what, and on which host. */
export interface QualifyPlace {
  readonly sensor: PlannedMeter
  readonly against: PlannedMeter
  readonly target: string
  readonly host: string
}

/**
 * The two meters of a plan, and the one host that both feed.
 * @throws JoulemarkError exit `usage` for what the plan does not have, and where there are several hosts to choose from; `refused` where the
 * plan alone says that nothing can come of it
 */
export function qualifyPlace(
  plan: Plan,
  o: {
    readonly meter: string
    readonly against: string
    readonly target?: string
    readonly host?: string
  },
): QualifyPlace {
  const [sensor, against] = [meterOf(plan, o.meter), meterOf(plan, o.against)]
  if (sensor.id === against.id) throw usage(`${sensor.id} can not be held against itself`)
  const both = sensor.behind
    .filter(({ target, host }) => feeds(against, target, host))
    .map(({ target, host }) => ({ target, host }))
  const places = both.filter(
    ({ target, host }) => (o.target ?? target) === target && (o.host ?? host) === host,
  )
  const [place] = places
  if (place === undefined)
    throw usage(
      both.length === 0
        ? `no host is behind both ${sensor.id} and ${against.id}`
        : `${sensor.id} and ${against.id} do not both feed ${[o.target, o.host].filter(Boolean).join(' ')}; they feed ${listOf(both)}`,
    )
  if (places.length > 1)
    throw usage(`${sensor.id} and ${against.id} feed several hosts; say which: ${listOf(places)}`)
  if (against.accuracy !== null) return { sensor, against, ...place }
  throw new JoulemarkError({
    code: 'not-qualifiable',
    exit: 'refused',
    message: `${against.id} has no limits of error in the plan (accuracy, from its data sheet): it is not known of what class it is`,
    hint: 'No certificate was written.',
  })
}

const feeds = ({ behind }: PlannedMeter, target: string, host: string): boolean =>
  behind.some(one => one.target === target && one.host === host)

const listOf = (places: readonly { readonly target: string; readonly host: string }[]): string =>
  places.map(({ target, host }) => `--target ${target} --host ${host}`).join(', ')

function meterOf(plan: Plan, id: string): PlannedMeter {
  const meters = plan.meters ?? []
  const found = meters.find(meter => meter.id === id)
  if (found !== undefined) return found
  throw usage(
    `${JSON.stringify(id)} is not a meter of this campaign. It has: ${meters.map(meter => meter.id).join(', ') || 'none'}`,
  )
}

const usage = (message: string): JoulemarkError =>
  new JoulemarkError({ code: 'qualify-usage', exit: 'usage', message })
