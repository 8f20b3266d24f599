import type { MeterConnection, ReadSecret } from '../../model/connection.ts'
import { type BoundMeter, type LinkKind, type Links, MeterError, type OpenMeter } from '../../model/meter.ts'
import { openHttp } from './http.ts'
import { openIpmi } from './ipmi.ts'
import { openLines } from './lines.ts'
import { openModbus } from './modbus.ts'
import { openMqtt } from './mqtt.ts'
import { openSnmp } from './snmp.ts'
import type { Bounded } from './within.ts'

const OPENERS: {
  readonly [K in LinkKind]: (connection: MeterConnection, readSecret: ReadSecret) => Links[K] & Bounded
} = {
  file: openFile,
  http: openHttp,
  lines: openLines,
  ipmi: openIpmi,
  snmp: openSnmp,
  modbus: openModbus,
  mqtt: openMqtt,
}

/** There is nothing to open. */
function openFile(): Links['file'] & Bounded {
  return { kind: 'file', within: (_signal, ask) => ask(), close: async () => {} }
}

/** Of one answer, and of waiting for one that comes by itself. */
const SECONDS = { asked: 10, pushed: 60 } as const

/**
 * A meter that can be asked; nothing is sent before the first question. Secrets are read when they are first needed and kept in memory.
 * @param o.seconds deadline of one poll; default 10, or 60 where it speaks when it likes
 */
export function openMeter(
  connection: MeterConnection,
  meter: BoundMeter,
  o: { readonly readSecret: ReadSecret; readonly seconds?: number },
): OpenMeter {
  const link = OPENERS[connection.link](connection, o.readSecret)
  const talk = meter.talk(link)
  const seconds = o.seconds ?? (meter.nature.pushed === true ? SECONDS.pushed : SECONDS.asked)
  return {
    onMachine: meter.nature.onMachine === true,
    pushed: meter.nature.pushed === true,
    async poll(signal) {
      const deadline = AbortSignal.timeout(seconds * 1000)
      const both = AbortSignal.any([signal, deadline])
      try {
        // Whatever a link does, none outlives its deadline.
        return await Promise.race([link.within(both, () => talk.poll()), whenAborted(both)])
      } catch (error) {
        signal.throwIfAborted()
        if (deadline.aborted) throw new MeterError('slow', `no answer within ${seconds} s`)
        throw error
      }
    },
    [Symbol.asyncDispose]: () => link.close(),
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}
