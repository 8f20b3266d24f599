import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { type BoundMeter, MeterError, type OpenMeter } from '../../model/meter.ts'
import { openHttp } from './http.ts'
import { openLines } from './lines.ts'

/** Of one answer. */
const SECONDS = 10

/**
 * A meter that can be asked; nothing is sent before the first question. Secrets are read when they are first needed and kept in memory.
 * @param o.seconds deadline of one poll; default 10
 */
export function openMeter(
  connection: MeterConnection,
  meter: BoundMeter,
  o: { readonly readSecret: ReadSecret; readonly seconds?: number },
): OpenMeter {
  const link =
    connection.link === 'http' ? openHttp(connection, o.readSecret) : openLines(connection, o.readSecret)
  const talk = meter.talk(link)
  return {
    async poll(signal) {
      const deadline = AbortSignal.timeout((o.seconds ?? SECONDS) * 1000)
      const both = AbortSignal.any([signal, deadline])
      try {
        return await link.within(both, () => talk.poll())
      } catch (error) {
        signal.throwIfAborted()
        if (deadline.aborted) throw new MeterError('slow', `no answer within ${o.seconds ?? SECONDS} s`)
        throw error
      }
    },
    [Symbol.asyncDispose]: () => link.close(),
  }
}
