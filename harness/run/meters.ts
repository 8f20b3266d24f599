import { setTimeout as sleep } from 'node:timers/promises'
import {
  MeterError,
  type MeterReading,
  type MeterRecord,
  meterFile,
  type OpenMeter,
  type PlannedMeter,
  Said,
} from '../model/meter.ts'
import { type Attempt, note } from './attempt.ts'

/** Of one meter in a run, as text; a reader takes 64 MiB. A plug says 80 bytes a second. */
const MOST_BYTES = 48 << 20
/** A meter that does not answer is asked more and more seldom, s. */
const LONGEST_PAUSE = 30

export interface MeterWatch {
  /** Ends asking, closes what was opened, and writes what came into the archive. */
  end(): Promise<void>
}

/** What became of asking one meter. */
interface Asking {
  readonly meter: PlannedMeter
  readonly open: OpenMeter
  readonly readings: MeterReading[]
  bytes: number
  asked: number
  readonly faults: Map<string, { times: number; reason: string }>
}

/** Meters of the plan that feed hosts of this target. */
export const metersOf = (a: Pick<Attempt, 'plan' | 'planned'>): readonly PlannedMeter[] =>
  (a.plan.meters ?? []).filter(meter => meter.behind.some(({ target }) => target === a.planned.target))

/** Asks every meter of the target, each at its own interval, from now on until it is ended. */
export function watchMeters(a: Attempt): MeterWatch {
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, a.signal])
  const askings = metersOf(a).flatMap((meter): readonly Asking[] => {
    const open = openOne(a, meter)
    return open === null ? [] : [{ meter, open, readings: [], bytes: 0, asked: 0, faults: new Map() }]
  })
  const all = askings.map(asking => askOn(a, asking, signal))
  return {
    async end() {
      stop.abort()
      await Promise.all(all)
      for (const asking of askings) await keep(a, asking)
    },
  }
}

function openOne({ parts }: Attempt, { id }: PlannedMeter): OpenMeter | null {
  if (parts.openMeter === undefined) throw new Error('the plan has meters, and nothing is there to ask them')
  return parts.openMeter(id)
}

/** Never throws: what goes wrong is counted. */
async function askOn(a: Attempt, asking: Asking, signal: AbortSignal): Promise<void> {
  const { meter } = asking
  await using _open = asking.open
  const start = a.parts.now()
  let pause = meter.seconds
  for (let due = start; !signal.aborted; ) {
    const good = await askOnce(a, asking, signal)
    pause = good ? meter.seconds : Math.max(meter.seconds, Math.min(2 * pause, LONGEST_PAUSE))
    // One that speaks by itself is listened to again in time for its next word, whenever that comes.
    if (good && asking.open.pushed) {
      await sleep(meter.seconds * 500, undefined, { signal }).catch(() => {})
      due = a.parts.now()
      continue
    }
    // On the grid of its interval: what was missed is not asked for later.
    const now = a.parts.now()
    const steps = Math.max(1, Math.floor((now - due) / 1e6 / meter.seconds) + 1)
    due += Math.max(steps, Math.round(pause / meter.seconds)) * meter.seconds * 1e6
    await sleep(Math.max(0, due - now) / 1000, undefined, { signal }).catch(() => {})
  }
}

/** Whether it answered. */
async function askOnce(a: Attempt, asking: Asking, signal: AbortSignal): Promise<boolean> {
  const at = a.parts.now()
  // When one that speaks by itself was last asked says nothing of its reading.
  const when = (): Pick<MeterReading, 'at' | 'took'> => {
    const now = Math.max(at, a.parts.now())
    return asking.open.pushed ? { at: now, took: 0 } : { at, took: now - at }
  }
  const add = (reading: MeterReading): void => {
    asking.bytes += JSON.stringify(reading).length + 1
    if (asking.bytes <= MOST_BYTES) asking.readings.push(reading)
    else count(asking, 'garbage', `more than ${MOST_BYTES} bytes of readings are not kept`)
  }
  asking.asked += 1
  try {
    const said = Said.safeParse(await asking.open.poll(signal))
    if (!said.success) throw new MeterError('garbage', 'it says more than is kept')
    add({ ...when(), said: said.data })
    return true
  } catch (error) {
    if (signal.aborted) {
      asking.asked -= 1
      return false
    }
    const { fault, message } = error instanceof MeterError ? error : unforeseen(error)
    const reason = message.slice(0, 300)
    count(asking, fault, reason)
    add({ ...when(), fault, reason })
    return false
  }
}

function count({ faults }: Asking, fault: string, reason: string): void {
  faults.set(fault, { times: (faults.get(fault)?.times ?? 0) + 1, reason })
}

/** A defect of ours costs this meter's readings, not the run; its text may name what is nobody's business. */
const unforeseen = (error: unknown): MeterError =>
  new MeterError('garbage', `it could not be asked (${error instanceof Error ? error.name : typeof error})`)

/** Hosts that asking takes of: the controller's own, and those on which what is asked runs. */
function disturbed(a: Attempt, meter: PlannedMeter, open: OpenMeter): readonly string[] {
  if (a.plannedTarget.kind === 'local') return ['local']
  return open.onMachine
    ? meter.behind.filter(({ target }) => target === a.planned.target).map(one => one.host)
    : []
}

async function keep(a: Attempt, { meter, open, readings, asked, faults }: Asking): Promise<void> {
  const record: MeterRecord = {
    id: meter.id,
    asked,
    faults: Object.fromEntries([...faults].map(([fault, { times }]) => [fault, times])),
  }
  a.notes.meters.push(record)
  for (const [fault, { times, reason }] of faults)
    await note(a, { code: 'METER_FAULT', values: { meter: meter.id, fault, times, asked, reason } })
  const windows = a.notes.phases.filter(({ name }) => name === 'window')
  const inside = readings.filter(({ at }) => windows.some(({ start, end }) => at >= start && at < end)).length
  for (const host of inside === 0 ? [] : disturbed(a, meter, open))
    await note(a, { code: 'DISTURBED', host, values: { host, by: `meter ${meter.id}`, asked: inside } })
  if (readings.length > 0)
    await a.archive.write(meterFile(meter.id), readings.map(one => `${JSON.stringify(one)}\n`).join(''))
}
