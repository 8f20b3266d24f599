import type { EnergyUnit, PowerUnit } from '../meter/figures.ts'

/** An object of SNMP that holds a number. */
export interface Counted<U> {
  readonly oid: string
  readonly unit: U
  /** Counts that are one unit. */
  readonly per: number
  /** Object with the decimal digits, which the device decides; then `per` is not used. */
  readonly digits?: string
  /** Object with the unit as the device states it, and what it must say. */
  readonly unitOf?: { readonly oid: string; readonly is: string }
}

export interface Figure {
  readonly instance: string
  readonly power?: Counted<PowerUnit>
  readonly energy?: Counted<EnergyUnit>
}

export interface Device {
  readonly figures: readonly Figure[]
  /** W in which power comes. */
  readonly resolution?: number
}

interface Place {
  readonly unit?: number | undefined
  readonly outlets?: readonly number[] | undefined
}

/** PowerNet-MIB. */
const APC = '1.3.6.1.4.1.318.1.1'
/** PDU2-MIB: values of sensors 5 (active power) and 8 (active energy), their digits and units (3: watt, 5: wattHour). */
const RARITAN = '1.3.6.1.4.1.13742.6'
/** EATON-EPDU-MIB. */
const EATON = '1.3.6.1.4.1.534.6.6.7'

/**
 * What devices show, by object: values and units as recorded from an AP8641, AP8932 and AP7902B (snmpsim-data 1.0.1), and as the makers' MIBs have them
 * for Raritan and Eaton.
 */
export const DEVICES = {
  // rPDUIdentDevicePowerWatts.
  'apc-legacy': () => ({
    figures: [{ instance: 'total', power: { oid: `${APC}.12.1.16.0`, unit: 'W', per: 1 } }],
    resolution: 1,
  }),
  // rPDU2DeviceStatusPower in hundredths of kW, …Energy in tenths of kWh.
  'apc-device': ({ unit = 1 }) => ({
    figures: [
      {
        instance: 'total',
        power: { oid: `${APC}.26.4.3.1.5.${unit}`, unit: 'kW', per: 100 },
        energy: { oid: `${APC}.26.4.3.1.9.${unit}`, unit: 'kWh', per: 10 },
      },
    ],
    resolution: 10,
  }),
  // rPDU2OutletMeteredStatusPower in W, …Energy in tenths of kWh; its index runs over the outlets of all units.
  'apc-outlets': ({ outlets = [] }) => ({
    figures: outlets.map(outlet => ({
      instance: `outlet ${outlet}`,
      power: { oid: `${APC}.26.9.4.3.1.7.${outlet}`, unit: 'W', per: 1 },
      energy: { oid: `${APC}.26.9.4.3.1.11.${outlet}`, unit: 'kWh', per: 10 },
    })),
    resolution: 1,
  }),
  'raritan-inlet': ({ unit = 1, outlets = [1] }) => ({
    figures: outlets.map(inlet => raritan(`inlet ${inlet}`, '5.2.3.1.4', '3.3.4.1', `${unit}.${inlet}`)),
  }),
  'raritan-outlets': ({ unit = 1, outlets = [] }) => ({
    figures: outlets.map(outlet => raritan(`outlet ${outlet}`, '5.4.3.1.4', '3.5.4.1', `${unit}.${outlet}`)),
  }),
  // outletWatts, outletWh.
  'eaton-outlets': ({ unit = 0, outlets = [] }) => ({
    figures: outlets.map(outlet => ({
      instance: `outlet ${outlet}`,
      power: { oid: `${EATON}.6.5.1.3.${unit}.${outlet}`, unit: 'W', per: 1 },
      energy: { oid: `${EATON}.6.5.1.4.${unit}.${outlet}`, unit: 'Wh', per: 1 },
    })),
    resolution: 1,
  }),
} as const satisfies Record<string, (place: Place) => Device>

function raritan(instance: string, values: string, table: string, at: string): Figure {
  const of = (sensor: number, is: string) => ({
    oid: `${RARITAN}.${values}.${at}.${sensor}`,
    per: 1,
    digits: `${RARITAN}.${table}.7.${at}.${sensor}`,
    unitOf: { oid: `${RARITAN}.${table}.6.${at}.${sensor}`, is },
  })
  return { instance, power: { ...of(5, '3'), unit: 'W' }, energy: { ...of(8, '5'), unit: 'Wh' } }
}
