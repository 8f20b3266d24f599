import { setTimeout as sleep } from 'node:timers/promises'
import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import {
  type BoundMeter,
  MeterError,
  type MeterFault,
  type MeterValue,
  type OpenMeter,
  type PlannedMeter,
} from '../../model/meter.ts'
import type { LoadedCampaign } from '../../plan/load.ts'
import type { CheckItem, HostCheck } from '../../targets/check-item.ts'
import { meterKindOf, meterOpener } from '../compose.ts'

/** Questions to each meter: one to find it, two to see that it goes on. */
const QUESTIONS = 3

/** Asks every meter of a campaign a few times, all at once. */
export function checkMeters(loaded: LoadedCampaign, readSecret: ReadSecret): Promise<readonly HostCheck[]> {
  const { plan, connections: targets, influx, meters } = loaded
  const open = meterOpener({ plan, connections: { targets, influx, meters }, readSecret })
  return Promise.all(
    (plan.meters ?? []).map(async (meter): Promise<HostCheck> => {
      await using asked = open(meter.id)
      const connection = meters.get(meter.id)
      const items = [
        ...(asked === null ? fileItems(meter) : await itemsOf(meter, asked)),
        ...(connection === undefined ? [] : openItems(connection)),
      ]
      return {
        target: 'meter',
        host: meter.id,
        roles: [meter.kind],
        bootId: null,
        items: items.map(item => ({ area: 'meter', ...item })),
      }
    }),
  )
}

/** It can't be asked what it reads; its file is looked at when it is attached. */
const fileItems = (meter: PlannedMeter): readonly CheckItem[] => [
  {
    subject: 'file',
    state: 'note',
    text: `it is not asked; runs have no total until its file is attached: joulemark attach DIR FILE --meter ${meter.id}`,
    hint: 'let it record from before the first run until after the last, with a row at least every `interval`',
  },
  ...worthItems(meter, meterKindOf(meter).bind(meter.settings)),
]

async function itemsOf(meter: PlannedMeter, open: OpenMeter): Promise<readonly CheckItem[]> {
  const bound = meterKindOf(meter).bind(meter.settings)
  const polls: Poll[] = []
  const signal = new AbortController().signal
  try {
    for (let i = 0; i < QUESTIONS; i += 1) {
      if (i > 0) await sleep(meter.seconds * (open.pushed ? 500 : 1000))
      const begun = performance.now()
      const said = await open.poll(signal)
      polls.push({ seconds: (performance.now() - begun) / 1000, values: bound.read(said) })
    }
  } catch (error) {
    return [faultItem(error)]
  }
  return [
    readingItem(polls, bound, meter),
    ...(open.pushed ? [] : lateItems(polls, meter)),
    ...instanceItems(polls, meter),
    ...worthItems(meter, bound),
  ]
}

interface Poll {
  readonly seconds: number
  readonly values: readonly MeterValue[]
}

const HINTS: Readonly<Record<MeterFault, string>> = {
  absent:
    'joulemark list collectors says what a meter of this kind is asked for; its own page or command shows what it has',
  forbidden: 'give this user the right to read power there, or name another user',
  credentials:
    'look at user and password (or token) in the campaign file: they are read from where it refers to',
  certificate:
    'give the certificate of who vouches for it as `ca`, or its own as `fingerprint` once you have compared it on the device; nothing was sent',
  unreachable: 'is it on, is the address right, does a firewall let this machine through?',
  slow: 'it answers late or not at all: ask it less often (`interval`), and see whether others ask it, too',
  garbage:
    'is this the right kind of meter, address and port? Its firmware may speak otherwise than its documentation',
}

function faultItem(error: unknown): CheckItem {
  if (error instanceof MeterError)
    return {
      subject: error.fault,
      state: 'failed',
      text: error.message,
      hint: error.detail === '' ? HINTS[error.fault] : `${error.detail}\n${HINTS[error.fault]}`,
    }
  return { subject: 'meter', state: 'failed', text: error instanceof Error ? error.message : String(error) }
}

function readingItem(polls: readonly Poll[], { nature }: BoundMeter, meter: PlannedMeter): CheckItem {
  const last = polls.at(-1)?.values ?? []
  const slowest = Math.max(...polls.map(poll => poll.seconds))
  const shown = last.slice(0, 4).map(figureText).join('; ')
  const more = last.length > 4 ? ` and ${last.length - 4} more` : ''
  const when =
    nature.pushed === true
      ? `said something within ${slowest.toFixed(1)} s`
      : `answers in ${(slowest * 1000).toFixed(0)} ms`
  const text = `${shown}${more}; ${when}`
  const take = meter.take ?? nature.take
  const flawed = last.filter(value => flawOf(value, take) !== null)
  return flawed.length === 0
    ? { subject: 'reads', state: 'ok', text }
    : {
        subject: 'reads',
        state: 'failed',
        text,
        hint: `${flawed.map(one => one.instance).join(', ')}: a machine that runs takes power. Some meters show 0 or -1 for what they do not measure, or for little load`,
      }
}

function flawOf(value: MeterValue, take: 'power' | 'energy'): string | null {
  const figure = value[take] ?? value.power ?? value.energy
  return figure !== undefined && 'flaw' in figure ? figure.flaw : null
}

function figureText({ instance, power, energy }: MeterValue): string {
  const watts =
    power === undefined
      ? []
      : ['value' in power ? `${Number(power.value.toPrecision(6))} W` : `no power (${power.flaw})`]
  const kwh =
    energy === undefined
      ? []
      : [
          'value' in energy
            ? `${(Number(energy.value) / 3.6e12).toFixed(4)} kWh so far`
            : `no energy (${energy.flaw})`,
        ]
  return `${instance} ${[...watts, ...kwh].join(', ')}`
}

function lateItems(polls: readonly Poll[], meter: PlannedMeter): readonly CheckItem[] {
  const slowest = Math.max(...polls.map(poll => poll.seconds))
  if (slowest < meter.seconds / 2) return []
  return [
    {
      subject: 'late',
      state: 'note',
      text: `it takes ${slowest.toFixed(1)} s to answer and is asked every ${meter.seconds} s: readings will be missing`,
      hint: `raise interval to ${Math.ceil(slowest * 3)} or so; with more than 3 intervals between readings there is no figure`,
    },
  ]
}

function openItems({ login, url }: MeterConnection): readonly CheckItem[] {
  if (['none', 'digest', 'ipmi', 'v3'].includes(login) || /^(?:https|mqtts):/.test(url ?? '')) return []
  const [what, hint] = ((): readonly [string, string] => {
    if (login === 'community')
      return ['the community goes over UDP', 'use login: v3, where the device has it']
    if (url === undefined)
      return [
        'credentials go over plain TCP',
        'leave user and password out where the server lets anybody read',
      ]
    if (url.startsWith('mqtt:'))
      return [
        'credentials go over plain TCP',
        'use mqtts with `ca` or `fingerprint`, where the broker has it',
      ]
    return ['credentials go over plain HTTP', 'use https with `ca` or `fingerprint`, where the meter has it']
  })()
  return [{ subject: 'login', state: 'note', text: `${what}: whoever is on the way can read it along`, hint }]
}

/** Instances that the plan names and the meter does not have. */
function instanceItems(polls: readonly Poll[], meter: PlannedMeter): readonly CheckItem[] {
  const seen = new Set(polls.flatMap(poll => poll.values.map(value => value.instance)))
  return meter.behind.flatMap(({ target, host, instances }) => {
    const missing = (instances ?? []).filter(instance => !seen.has(instance))
    if (missing.length === 0) return []
    return [
      {
        subject: 'instances',
        state: 'failed' as const,
        text: `${missing.join(', ')} of ${target} ${host} is not among what it says`,
        hint: `it has: ${[...seen].join(', ')}`,
      },
    ]
  })
}

/** What its figures would be worth. */
function worthItems(meter: PlannedMeter, { nature }: BoundMeter): readonly CheckItem[] {
  const kind = meter.source ?? nature.kind
  const unknown = meter.accuracy === null && meter.certificate === undefined
  // Hosts are looked at meanwhile: whether this one is a guest is not known here.
  const guest =
    kind === 'host-counter' && meter.source === null ? '; hypervisor-allocated, if the host is a guest' : ''
  return [
    {
      subject: 'evidence',
      state: unknown && kind === 'wall-meter' ? 'note' : 'ok',
      text: `${kind}, ${meter.scope ?? nature.scope}${guest}${certificateText(meter)}`,
      ...(unknown && kind === 'wall-meter'
        ? {
            hint: 'without `accuracy` from its data sheet its error is not known: class E0, and nothing is ranked by it',
          }
        : {}),
    },
  ]
}

/** Hosts are looked at meanwhile, and power is not known before a run. */
function certificateText({ certificate }: PlannedMeter): string {
  if (certificate === undefined) return ''
  const { campaign, cpu, range } = certificate
  const watts = [range.low, range.high].map(one => String(Number(one.toPrecision(4)))).join(' to ')
  return `; class E1 by its certificate (${campaign}) on ${cpu}, about ${watts} W`
}
