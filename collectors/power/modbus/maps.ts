import type { Register } from './registers.ts'

const float = (address: number, unit: Register['unit']): Register => ({
  instance: 'total',
  table: 'input',
  address,
  type: 'float32',
  words: 'high-first',
  scale: 1,
  unit,
})

/** Energy imported: 30073 of all three. */
const IMPORTED = float(72, 'kWh')

/** Meters whose registers are known: Eastron's user manuals of SDM120-Modbus, SDM72D-M (1.5) and SDM630-Modbus, part input registers. */
export const MAPS = {
  /** 30013: active power. */
  'eastron-sdm120': [float(12, 'W'), IMPORTED],
  /** 30053: total system power. */
  'eastron-sdm72': [float(52, 'W'), IMPORTED],
  'eastron-sdm630': [float(52, 'W'), IMPORTED],
} as const satisfies Readonly<Record<string, readonly Register[]>>
