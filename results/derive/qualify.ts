import {
  Certificate,
  QUALIFICATION,
  type QualifiedLevel,
  type QualifiedMinute,
  type UnusedMinutes,
} from '../../harness/model/certificate.ts'
import { JoulemarkError } from '../../harness/model/error.ts'
import { type Accuracy, accuracyOfAll, QUALIFIED_LIMIT } from '../../harness/model/meter.ts'
import type { Plan, PlannedWorkload } from '../../harness/model/plan.ts'
import type { HostFacts } from '../../harness/model/target.ts'
import {
  failures,
  isWhole,
  levelRefusals,
  powerRange,
  qualifiedLevel,
} from '../analyse/energy/qualification.ts'
import type { CampaignArchive } from '../archive/archive.ts'
import { plannedOf } from './analyse-run.ts'
import type { DeriveParts } from './parts.ts'
import { type MeterAsRead, runMinutes } from './qualify-minutes.ts'
import { type QualifyPlace, qualifyPlace } from './qualify-place.ts'
import { factsOf, readRun } from './read-run.ts'
import { runContext } from './run-context.ts'

export interface QualifyRequest {
  /** Id of the sensor, and of the class meter. */
  readonly meter: string
  readonly against: string
  /** Where both feed several hosts. */
  readonly target?: string
  readonly host?: string
  /** SHA-512 of the campaign's seal; null: it is not sealed. */
  readonly seal: string | null
}

/**
 * Holds a sensor against a class meter, by the raw data of a campaign (rule JM-P8). One that fails gets a certificate, too.
 * @throws JoulemarkError `usage` for meters and hosts that the plan does not have; `refused` where the campaign can't tell, with every reason
 */
export async function qualifyCampaign(
  archive: CampaignArchive,
  o: QualifyRequest,
  parts: DeriveParts,
): Promise<Certificate> {
  const plan = await archive.plan()
  const place = qualifyPlace(plan, o)
  const found = await readLevels(archive, plan, place, parts)
  const { sensor, against } = place
  const { read } = found
  const before = [...found.refusals, ...missing(found.levels, plan, place)]
  if (read === null || against.accuracy === null || before.length > 0) throw refused(place, before)
  const accuracy = accuracyOfAll(against.accuracy, read.against.instances)
  const levels = found.levels.map(level => levelOf(level, accuracy))
  const after = [...sourceRefusals(place, read), ...levelRefusals(levels, against.id)]
  if (after.length > 0) throw refused(place, after)
  const reasons = failures(levels)
  return Certificate.parse({
    schema: 'joulemark/certificate/1',
    tool: parts.toolVersion,
    rule: QUALIFICATION.rule,
    campaign: { id: archive.id, plan: plan.digest, seal: o.seal },
    measured: {
      from: found.levels.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
      to: found.levels.reduce((most, { to }) => Math.max(most, to), Number.NEGATIVE_INFINITY),
    },
    sensor: {
      id: sensor.id,
      kind: sensor.kind,
      settings: sensor.settings,
      source: read.sensor.source,
      scope: read.sensor.scope,
      reads: read.sensor.reads,
      take: read.sensor.take,
      seconds: sensor.seconds,
      instances: read.sensor.instances,
    },
    against: {
      id: against.id,
      kind: against.kind,
      scope: read.against.scope,
      seconds: against.seconds,
      instances: read.against.instances,
      accuracy: against.accuracy,
    },
    host: hostOf(read.facts),
    levels,
    range: powerRange(levels),
    limit: QUALIFIED_LIMIT,
    verdict: reasons.length === 0 ? 'passed' : 'failed',
    reasons,
  } satisfies Certificate)
}

/** A level while its minutes are gathered. */
interface Level {
  readonly workload: PlannedWorkload
  readonly minutes: QualifiedMinute[]
  readonly unused: Map<string, UnusedMinutes>
  /** Controller's clock, µs, of the minutes that are used. */
  from: number
  to: number
}

interface Read {
  readonly sensor: MeterAsRead
  readonly against: MeterAsRead
  readonly facts: HostFacts
}

/** Windows of complete runs, in the order of the runs' numbers and attempts, until every level has its minutes. */
async function readLevels(
  archive: CampaignArchive,
  plan: Plan,
  place: QualifyPlace,
  parts: DeriveParts,
): Promise<{
  readonly levels: readonly Level[]
  readonly read: Read | null
  readonly refusals: readonly string[]
}> {
  const levels = plan.workloads
    .filter(({ key }) => plan.runs.some(run => run.target === place.target && run.workload === key))
    .map((workload): Level => emptyLevel(workload))
  let first: Read | null = null
  const refusals = new Set<string>()
  for (const run of await archive.runs()) {
    const { planned } = plannedOf(run.id, plan)
    const level = levels.find(({ workload }) => workload.key === planned.workload)
    if (planned.target !== place.target || level === undefined || isWhole(level.minutes)) continue
    const files = await readRun(run)
    if (files === null || files.record.outcome !== 'complete') continue
    const facts = factsOf(files, place.host)
    if (facts === null) continue
    const context = runContext(plan, planned, files)
    const { minutes, ...read } = await runMinutes(run, { ...place, plan, context, facts }, parts)
    if (minutes.length === 0) continue
    first ??= { ...read, facts }
    const differs = differences(first, { ...read, facts })
    for (const reason of differs) refusals.add(reason)
    if (differs.length === 0) for (const minute of minutes) take(level, minute)
  }
  return { levels, read: first, refusals: [...refusals] }
}

const emptyLevel = (workload: PlannedWorkload): Level => ({
  workload,
  minutes: [],
  unused: new Map(),
  from: Number.POSITIVE_INFINITY,
  to: Number.NEGATIVE_INFINITY,
})

function take(level: Level, minute: Awaited<ReturnType<typeof runMinutes>>['minutes'][number]): void {
  if (isWhole(level.minutes)) return
  if ('pair' in minute) {
    level.minutes.push(minute.pair)
    level.from = Math.min(level.from, minute.start)
    level.to = Math.max(level.to, minute.end)
    return
  }
  const { meter, reason } = minute.unused
  const key = `${meter} ${reason}`
  level.unused.set(key, { meter, reason, minutes: 1 + (level.unused.get(key)?.minutes ?? 0) })
}

/** Runs that were not of one machine, or in which a meter did not read the same: their minutes are of no one thing. */
function differences(first: Read, other: Read): string[] {
  const said = ({ source, scope, instances }: MeterAsRead): string =>
    `${source}, ${scope}, ${instances} instance${instances === 1 ? '' : 's'}`
  const pairs: readonly (readonly [string, string, string])[] = [
    ['the CPU of the host', first.facts.cpu.model, other.facts.cpu.model],
    ['what the sensor reads', said(first.sensor), said(other.sensor)],
    ['what the class meter reads', said(first.against), said(other.against)],
  ]
  return pairs.flatMap(([what, a, b]) => (a === b ? [] : [`${what} differs between runs: ${a} / ${b}`]))
}

/** Levels that are not there, or have too few minutes, each by its name. */
function missing(levels: readonly Level[], plan: Plan, { target }: QualifyPlace): string[] {
  const idle = levels.some(({ workload }) => workload.id === 'idle')
  const loads = levels.filter(({ workload }) => workload.id !== 'idle').length
  return [
    ...(idle ? [] : [`idle: the campaign does not have this workload on ${target}`]),
    ...(loads >= QUALIFICATION.loads
      ? []
      : [`loads: ${loads} on ${target} beside idle, and ${QUALIFICATION.loads} different ones are needed`]),
    ...levels.filter(({ minutes }) => !isWhole(minutes)).map(level => tooFew(level, plan)),
  ]
}

function tooFew({ workload, minutes, unused }: Level, plan: Plan): string {
  const left = [...unused.values()].map(
    ({ meter, reason, minutes: count }) => `; in ${count} ${meter} has no figure (${reason})`,
  )
  return `${workload.key}: ${minutes.length} of ${QUALIFICATION.minutes} whole minutes in windows of complete runs${left.join('')}; its windows last ${plan.protocol.durations.window} s`
}

const levelOf = ({ workload, minutes, unused }: Level, accuracy: Accuracy): QualifiedLevel =>
  qualifiedLevel({
    workload: workload.key,
    id: workload.id,
    version: workload.version,
    minutes,
    unused: [...unused.values()],
    accuracy,
  })

function sourceRefusals({ sensor, against }: QualifyPlace, read: Read): string[] {
  return [
    ...(read.sensor.source === 'synthetic' ? [`the figures of ${sensor.id} are known to be made up`] : []),
    ...(read.sensor.source === 'wall-meter' && sensor.accuracy !== null
      ? [
          `${sensor.id} is a wall meter with limits of error of its own (accuracy): it has a class, and needs no other`,
        ]
      : []),
    ...(read.against.source === 'wall-meter'
      ? []
      : [`${against.id} is a source of kind ${read.against.source}; a wall meter is needed`]),
  ]
}

const hostOf = ({ cpu, virtualization }: HostFacts): Certificate['host'] => ({
  cpu: cpu.model,
  vendor: cpu.vendor,
  threads: cpu.threads,
  virtualization,
})

function refused({ sensor, against }: QualifyPlace, reasons: readonly string[]): JoulemarkError {
  const all = reasons.length === 0 ? ['no complete run has a whole minute'] : reasons
  return new JoulemarkError({
    code: 'not-qualifiable',
    exit: 'refused',
    message: `by this campaign ${sensor.id} can not be held against ${against.id}:${all.map(one => `\n  - ${one}`).join('')}`,
    hint: 'No certificate was written. docs/examples/qualify.yaml is a campaign that has what is needed.',
  })
}
