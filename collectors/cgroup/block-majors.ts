import type { HostFacts } from '../../harness/model/target.ts'
import { probed } from '../parse/probe.ts'

/** Drivers whose devices stand on others (or on memory), as /proc/devices names them. */
const LAYERED = new Set(['device-mapper', 'md', 'mdp', 'loop', 'ramdisk', 'zram', 'bcache', 'drbd'])
/** Majors that have a fixed number, for hosts where nobody looked (Documentation/admin-guide/devices.txt): ramdisk, loop, md. */
const FIXED: readonly string[] = ['1', '7', '9']

/**
 * Major numbers of block devices whose I/O reaches another device and is counted there again. Bytes of a bio are counted at each device
 * that it goes through.
 */
export function blockMajors(facts: HostFacts): ReadonlySet<string> {
  const look = probed(facts, '/proc/devices')
  if (!('text' in look)) return new Set(FIXED)
  const block = look.text.split('Block devices:')[1] ?? ''
  const found = [...block.matchAll(/^\s*(\d+) (\S+)$/gm)].filter(([, , name]) => LAYERED.has(name ?? ''))
  return new Set([...FIXED, ...found.map(([, major]) => major ?? '')])
}
