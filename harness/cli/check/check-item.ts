/** One thing that `check` looked at on a host. */
export interface CheckItem {
  readonly subject: string
  /** note: usable, and worth knowing; absent, forbidden: a sensor or tool is not to be had; failed: a campaign can't run or would be invalid. */
  readonly state: 'ok' | 'note' | 'absent' | 'forbidden' | 'failed'
  readonly text: string
  /** What to do. */
  readonly hint?: string
}

export interface HostCheck {
  readonly target: string
  readonly host: string
  readonly roles: readonly string[]
  /** Of the machine; null: it was not reached. */
  readonly bootId: string | null
  readonly items: readonly CheckItem[]
}

/** A campaign can't run there, or its runs would be invalid. */
export const isNotReady = (check: HostCheck): boolean => check.items.some(item => item.state === 'failed')

/** An item from something that may throw: a failure is an item too. */
export async function attempt(subject: string, look: () => Promise<CheckItem>): Promise<CheckItem> {
  try {
    return await look()
  } catch (error) {
    const hint =
      error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? { hint: error.hint } : {}
    return { subject, state: 'failed', text: error instanceof Error ? error.message : String(error), ...hint }
  }
}
