import { meterKinds } from '../../../collectors/meter-kinds.ts'
import type { MeterConnection } from '../../../harness/model/connection.ts'
import { MeterError, type MeterValue } from '../../../harness/model/meter.ts'
import { openMeter } from '../../../harness/transport/meters/open-meter.ts'

const never = new AbortController().signal

/** A meter, its settings, and how it is reached; secrets are their variable's name. */
export interface Asked {
  readonly kind: string
  readonly settings?: object
  readonly connection: Omit<MeterConnection, 'link' | 'login'> & Partial<Pick<MeterConnection, 'login'>>
  readonly seconds?: number
}

/** A meter that is asked as a run does it. */
export function meter({ kind, settings = {}, connection, seconds = 5 }: Asked) {
  const known = meterKinds.get(kind)
  if (known === undefined) throw new Error(`there is no kind of meter ${kind}`)
  const bound = known.bind(settings as never)
  const open = openMeter({ link: known.link, login: 'none', ...connection }, bound, {
    readSecret: async ref => ('env' in ref ? ref.env : ''),
    seconds,
  })
  return {
    values: async (): Promise<readonly MeterValue[]> => bound.read(await open.poll(never)),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  }
}

/** What a meter says, once; text: the fault. */
export async function ask(asked: Asked): Promise<readonly MeterValue[] | string> {
  await using open = meter(asked)
  return await open.values().catch((error: unknown) => {
    if (error instanceof MeterError) return `${error.fault}: ${error.message}`
    throw error
  })
}

/** A value of power alone. */
export const watts = (value: number, instance = 'total') => ({ instance, power: { value } })

/** What `act` gives once it is what is wanted, or after 30 s. */
export async function until<T>(act: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (const end = performance.now() + 30_000; ; ) {
    const value = await act()
    if (wanted(value) || performance.now() > end) return value
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
