import type { MeterKind } from '../harness/model/meter.ts'
import { csv } from './power/csv.ts'
import { nut } from './power/nut.ts'
import { prometheus } from './power/prometheus.ts'
import { redfish } from './power/redfish.ts'
import { shelly } from './power/shelly.ts'
import { tasmota } from './power/tasmota.ts'

/** Every kind of meter that a campaign file may name, by id, sorted. */
export const meterKinds: ReadonlyMap<string, MeterKind> = new Map(
  [csv, nut, prometheus, redfish, shelly, tasmota].map(kind => [kind.id, kind]),
)
