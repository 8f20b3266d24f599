import type { HostFacts } from '../model/target.ts'

/** Sections cpuinfo, topology, governor, no-turbo, boost → what the CPUs are. Unknown topology counts as one socket. */
export function parseCpu(text: (name: string) => string): HostFacts['cpu'] {
  const cpuinfo = text('cpuinfo')
  const value = (key: string) => new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(cpuinfo)?.[1]?.trim()
  const topology = text('topology')
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' '))
  const known = topology.length > 0 && topology.every(([socket, core]) => socket !== '?' && core !== '?')
  const counted = Number(/^\d+/.exec(cpuinfo)?.[0] ?? '0')
  const threads = topology.length > 0 ? topology.length : counted
  return {
    model: value('model name') ?? value('Model') ?? armModel(value('CPU implementer'), value('CPU part')),
    vendor: value('vendor_id') ?? ARM_VENDORS[value('CPU implementer') ?? ''] ?? 'unknown',
    sockets: known ? new Set(topology.map(([socket]) => socket)).size : 1,
    cores: known ? new Set(topology.map(pair => pair.join(' '))).size : threads,
    threads,
    governor: text('governor') === '' ? null : text('governor'),
    turbo: turbo(text('no-turbo'), text('boost')),
  }
}

/** Implementers of the MIDR_EL1 register (Arm Architecture Reference Manual, D17.2). */
const ARM_VENDORS: Readonly<Record<string, string>> = {
  '0x41': 'ARM',
  '0x42': 'Broadcom',
  '0x43': 'Cavium',
  '0x48': 'HiSilicon',
  '0x4e': 'NVIDIA',
  '0x50': 'APM',
  '0x51': 'Qualcomm',
  '0x61': 'Apple',
  '0xc0': 'Ampere',
}

const armModel = (implementer: string | undefined, part: string | undefined): string =>
  implementer === undefined
    ? 'unknown'
    : `${ARM_VENDORS[implementer] ?? implementer} part ${part ?? 'unknown'}`

function turbo(noTurbo: string, boost: string): boolean | null {
  if (noTurbo !== '') return noTurbo === '0'
  if (boost !== '') return boost === '1'
  return null
}
