import type { MeterKind } from '../harness/model/meter.ts'
import { csv } from './power/csv.ts'
import { ipmi } from './power/ipmi.ts'
import { modbus } from './power/modbus.ts'
import { mqtt } from './power/mqtt.ts'
import { nut } from './power/nut.ts'
import { prometheus } from './power/prometheus.ts'
import { redfish } from './power/redfish.ts'
import { shelly } from './power/shelly.ts'
import { snmp } from './power/snmp.ts'
import { tasmota } from './power/tasmota.ts'

/** Every kind of meter that a campaign file may name, by id, sorted. */
export const meterKinds: ReadonlyMap<string, MeterKind> = new Map(
  [csv, ipmi, modbus, mqtt, nut, prometheus, redfish, shelly, snmp, tasmota].map(kind => [kind.id, kind]),
)
