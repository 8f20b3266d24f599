import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  follows,
  PATTERN,
  type PowerSample,
  type Step,
  type StepResponse,
  stepResponse,
} from '../../../results/analyse/meter/step-response.ts'
import { heldAt, type MeterValue, type OpenMeter, type PlannedMeter } from '../../model/meter.ts'
import type { Plan } from '../../model/plan.ts'
import type { Host, Target } from '../../model/target.ts'
import { hostTime, lockPath, releaseLock, takeLock } from '../../run/locks.ts'
import { type CheckItem, failedItem } from '../../targets/check-item.ts'
import { lockFolder, meterKindOf } from '../compose.ts'

/** Shortest step, and how many questions of the slowest meter there are in one. */
const LEAST_STEP = 3
const QUESTIONS_A_STEP = 3
/** Longest lag of a meter that is looked for, s. */
const MOST_LAG = 20

/** What a meter said while a host was loaded. */
interface Heard {
  readonly meter: PlannedMeter
  readonly points: { readonly at: number; readonly values: readonly MeterValue[] }[]
}

/** How long one host is loaded in steps, s. */
export const proofSeconds = (plan: Plan): number => stepSeconds(plan.meters ?? []) * PATTERN.length

const stepSeconds = (meters: readonly PlannedMeter[]): number =>
  Math.max(LEAST_STEP, ...meters.map(meter => Math.ceil(QUESTIONS_A_STEP * meter.seconds)))

/**
 * Proves whom meters feed: loads every host that a meter is said to feed, one after the other, in steps that are like nothing else, asks all meters
 * meanwhile, and says which of their instances follow.
 * @param o.say told before each host
 */
export async function proveMap(o: {
  readonly plan: Plan
  readonly connect: (target: string) => Promise<Target>
  readonly open: (meter: string) => OpenMeter | null
  readonly say: (words: string) => void
  readonly signal: AbortSignal
}): Promise<ReadonlyMap<string, readonly CheckItem[]>> {
  // What writes a file by itself can't be asked.
  const meters = (o.plan.meters ?? []).filter(meter => meterKindOf(meter).link !== 'file')
  const items = new Map<string, CheckItem[]>(meters.map(({ id }) => [id, []]))
  const add = (id: string, ...found: readonly CheckItem[]): void => void items.get(id)?.push(...found)
  for (const { id: target, kind } of o.plan.targets) {
    const hosts = new Set(
      meters.flatMap(({ behind }) => behind.filter(one => one.target === target).map(one => one.host)),
    )
    if (hosts.size === 0) continue
    if (kind === 'kubernetes') {
      for (const { id, behind } of meters)
        if (behind.some(one => one.target === target)) add(id, inCluster(target))
      continue
    }
    try {
      await using connected = await o.connect(target)
      for (const id of hosts) {
        const host = connected.hosts.get(id)
        if (host === undefined || o.signal.aborted) continue
        o.say(`loading ${target} ${id} in steps for ${proofSeconds(o.plan)} s`)
        for (const [meter, found] of await proveHost(host, { ...o, target, meters })) add(meter, ...found)
      }
    } catch (error) {
      for (const { id, behind } of meters)
        if (behind.some(one => one.target === target)) add(id, failedItem('map', error))
    }
  }
  return items
}

const inCluster = (target: string): CheckItem => ({
  subject: 'map',
  state: 'note',
  text: `${target} is a cluster: where its pods will land is not known yet, and nothing was proven`,
  hint: 'name its nodes as hosts of an ssh target, and prove the map there',
})

async function proveHost(
  host: Host,
  o: {
    readonly target: string
    readonly meters: readonly PlannedMeter[]
    readonly open: (meter: string) => OpenMeter | null
    readonly signal: AbortSignal
  },
): Promise<ReadonlyMap<string, readonly CheckItem[]>> {
  await using _lock = await lockMachine(host, o.meters)
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, o.signal])
  const heard = o.meters.map((meter): Heard => ({ meter, points: [] }))
  const asking = heard.map(async one => listen(one, o.open(one.meter.id), signal))
  try {
    const { steps, end } = await loadInSteps(host, stepSeconds(o.meters), o.signal)
    // What the slowest has to say of the last step.
    await sleep(1000 * Math.max(...o.meters.map(({ seconds }) => seconds)), undefined, {
      signal: o.signal,
    })
    return new Map(
      heard.map(one => [one.meter.id, itemsOf(one, { target: o.target, host: host.id, steps, end })]),
    )
  } finally {
    stop.abort()
    await Promise.all(asking)
  }
}

/** Nobody measures a machine that we load, and we load none that is measured. @throws JoulemarkError when another has it */
async function lockMachine(host: Host, meters: readonly PlannedMeter[]): Promise<AsyncDisposable> {
  const owner = randomBytes(8).toString('hex')
  const { bootId } = await host.facts([])
  const path = await lockPath(host, bootId, lockFolder().lockDir)
  const now = await hostTime(host, () => Date.now() * 1000)
  const expires = now + (2 * stepSeconds(meters) * PATTERN.length + 120) * 1e6
  await takeLock(host, {
    path,
    now,
    content: { owner, campaign: `check-${owner}`, run: 'prove-map', expires },
  })
  return {
    async [Symbol.asyncDispose]() {
      await releaseLock(host, { path, owner })
    },
  }
}

/** Asks until it is told to stop; what goes wrong leaves a gap. */
async function listen({ meter, points }: Heard, open: OpenMeter | null, signal: AbortSignal): Promise<void> {
  if (open === null) return
  await using _open = open
  const bound = meterKindOf(meter).bind(meter.settings)
  while (!signal.aborted) {
    const at = Date.now() * 1000
    try {
      const values = bound.read(await open.poll(signal))
      const now = Date.now() * 1000
      points.push({ at: open.pushed ? now : heldAt({ at, took: now - at }), values })
    } catch {
      // Its faults are told by what check asks it otherwise.
    }
    await sleep(meter.seconds * (open.pushed ? 500 : 1000), undefined, { signal }).catch(() => {})
  }
}

/** Runs the steps on a host and says when they were, by the controller's clock. */
async function loadInSteps(
  host: Host,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly steps: readonly Step[]; readonly end: number }> {
  const script = await readFile(new URL('./steps.sh', import.meta.url), 'utf8')
  const argv = ['/bin/sh', '-c', script, 'steps', String(seconds), PATTERN]
  const exit = await host.exec(argv, { deadlineSeconds: 2 * seconds * PATTERN.length + 60, signal })
  const { wall, boot, offset } = await host.clock()
  const said = [...exit.stdout.matchAll(/^(\d{1,12}\.\d{1,9}) (1|0|end)$/gm)].map(([, at, what]) => ({
    at: wall - offset + (Number(at) * 1e6 - boot),
    what,
  }))
  const end = said.at(-1)
  if (exit.code !== 0 || end?.what !== 'end' || said.length !== PATTERN.length + 1)
    throw new Error(`the host could not be loaded in steps (exit ${exit.code}): ${exit.stderr.slice(0, 300)}`)
  return { steps: said.slice(0, -1).map(({ at, what }) => ({ at, busy: what === '1' })), end: end.at }
}

interface During {
  readonly target: string
  readonly host: string
  readonly steps: readonly Step[]
  readonly end: number
}

function itemsOf({ meter, points }: Heard, o: During): readonly CheckItem[] {
  const mostLag = Math.min(MOST_LAG, (o.end - (o.steps[0]?.at ?? 0)) / 4e6)
  const respond = (wanted: readonly string[]): StepResponse | null =>
    stepResponse(o.steps, samplesOf(meter, points, wanted), { end: o.end, mostLag })
  const instances = [...new Set(points.flatMap(({ values }) => values.map(value => value.instance)))]
  const here = meter.behind.find(one => one.target === o.target && one.host === o.host)
  const own = here === undefined ? [] : (here.instances ?? instances)
  const strange = instances
    .filter(instance => !own.includes(instance))
    .flatMap(instance => {
      const found = respond([instance])
      return follows(found) && found !== null ? [strangeItem(instance, found, o)] : []
    })
  return here === undefined ? strange : [ownItem(own, respond(own), o), ...strange]
}

const where = ({ target, host }: During): string => `${target} ${host}`
const watts = (r: StepResponse): string => `${Number(r.watts.toPrecision(3))} W more, ${r.lag} s later`

function ownItem(own: readonly string[], found: StepResponse | null, o: During): CheckItem {
  const what = own.length === 0 ? 'it' : own.join(' + ')
  if (found === null)
    return {
      subject: 'map',
      state: 'failed',
      text: `too few readings of ${what} came while ${where(o)} was loaded`,
    }
  const share = `${Math.round(found.explained * 100)} % of its changes`
  if (follows(found))
    return {
      subject: 'map',
      state: 'ok',
      text: `${what} follows the load of ${where(o)}: ${watts(found)} (${share})`,
    }
  return {
    subject: 'map',
    state: 'failed',
    text: `${what} does not follow the load of ${where(o)} (it explains ${share})`,
    hint: 'is this host behind it? Other machines on the same meter, or load of others meanwhile, can hide it: say which outlets are its own with `instances`',
  }
}

const strangeItem = (instance: string, found: StepResponse, o: During): CheckItem => ({
  subject: 'map',
  state: 'failed',
  text: `${instance} follows the load of ${where(o)}, too: ${watts(found)}; the file does not have it there`,
  hint: 'add it to `instances` of this host (a second supply?), or take it from the host that it does not feed; hosts on one machine show this as well',
})

/** Power of some instances together; a question that one of them did not answer is left out. */
function samplesOf(
  meter: PlannedMeter,
  points: Heard['points'],
  wanted: readonly string[],
): readonly PowerSample[] {
  const take = meter.take ?? meterKindOf(meter).bind(meter.settings).nature.take
  const energy = take === 'energy' || !points.some(({ values }) => values.some(v => v.power !== undefined))
  const of = (values: readonly MeterValue[], quantity: 'power' | 'energy'): number | null => {
    const all = wanted.map(instance => {
      const figure = values.find(value => value.instance === instance)?.[quantity]
      return figure !== undefined && 'value' in figure ? Number(figure.value) : null
    })
    return all.includes(null) || all.length === 0
      ? null
      : (all as number[]).reduce((sum, one) => sum + one, 0)
  }
  const read = points.flatMap(({ at, values }) => {
    const value = of(values, energy ? 'energy' : 'power')
    return value === null ? [] : [{ at, value }]
  })
  if (!energy) return read.map(({ at, value }) => ({ from: at, to: at, watts: value }))
  return read.slice(1).flatMap(({ at, value }, i): PowerSample[] => {
    const before = read[i]
    return before === undefined || value < before.value
      ? []
      : [{ from: before.at, to: at, watts: (value - before.value) / (at - before.at) }]
  })
}
