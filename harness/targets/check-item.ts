import { JoulemarkError } from '../model/error.ts'

/** One thing that `check` looked at on a host. */
export interface CheckItem {
  readonly subject: string
  /** note: usable, and worth knowing; absent, forbidden: a sensor or tool is not to be had; failed: a campaign can't run or would be invalid. */
  readonly state: 'ok' | 'note' | 'absent' | 'forbidden' | 'failed'
  readonly text: string
  /** What to do; more than one line where more than one thing is to be done. */
  readonly hint?: string
  /** Workload that will be skipped for it. */
  readonly skips?: string
}

/** What an item is about, in the order of telling. */
export const AREAS = ['cluster', 'rights', 'machine', 'sensors', 'tools', 'meter', 'quietness'] as const
export type Area = (typeof AREAS)[number]

/** What `joulemark check` tells of one host. */
export interface HostCheck {
  readonly target: string
  readonly host: string
  readonly roles: readonly string[]
  /** Of the machine; null: it was not reached. */
  readonly bootId: string | null
  readonly items: readonly (CheckItem & { readonly area: Area })[]
}

/** A campaign can't run there, or its runs would be invalid. */
export const isNotReady = (check: HostCheck): boolean => check.items.some(item => item.state === 'failed')

/** Hosts that stand on one machine (equal boot id): measured together they count its CPU and energy twice. */
export function sharedMachines(checks: readonly HostCheck[]): readonly (readonly HostCheck[])[] {
  const reached = checks.filter(({ bootId }) => bootId !== null)
  return [...Map.groupBy(reached, ({ bootId }) => bootId).values()].filter(hosts => hosts.length > 1)
}

/** Items from something that may throw: a failure is an item too. */
export async function attempt(
  subject: string,
  look: () => Promise<CheckItem | readonly CheckItem[]>,
): Promise<readonly CheckItem[]> {
  try {
    const found = await look()
    return 'subject' in found ? [found] : found
  } catch (error) {
    return [failedItem(subject, error)]
  }
}

/** An error as an item: what happened, where, what to do. */
export function failedItem(subject: string, error: unknown): CheckItem {
  const text = error instanceof Error ? error.message : String(error)
  if (!(error instanceof JoulemarkError)) return { subject, state: 'failed', text }
  const { file, line } = error.place ?? {}
  const where = [file, line].filter(part => part !== undefined).join(':')
  return {
    subject,
    state: 'failed',
    text: where === '' || text.includes(where) ? text : `${text} (${where})`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  }
}
