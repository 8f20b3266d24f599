import type { Finding } from '../model/finding.ts'
import type { ClockProbe, Host } from '../model/target.ts'

/** Largest offset or step of a clock, ms; beyond it a run is invalid. */
export const CLOCK_LIMIT_MS = 400
/** Probes in a row: the one with the shortest round trip counts. */
const PROBES = 3

/** Probes of a run by host, in the order they were taken; groups are taken before, between and after. */
export interface Clocks {
  probe(): Promise<void>
  probes(host: string): readonly ClockProbe[]
  findings(): readonly Finding[]
}

/** Takes and keeps clock probes of the hosts of a run. */
export function clocks(hosts: readonly Host[]): Clocks {
  const groups = new Map<string, ClockProbe[][]>(hosts.map(host => [host.id, []]))
  return {
    probe: async () => {
      for (const host of hosts) {
        const group: ClockProbe[] = []
        for (let count = 0; count < PROBES; count += 1) group.push(await host.clock())
        groups.get(host.id)?.push(group)
      }
    },
    probes: host => (groups.get(host) ?? []).flat(),
    findings: () => [...groups].flatMap(([host, taken]) => clockFindings(host, taken)),
  }
}

/** The probe of a group with the shortest round trip. */
const best = (group: readonly ClockProbe[]): ClockProbe | undefined =>
  group.reduce<ClockProbe | undefined>(
    (least, probe) => (least === undefined || probe.uncertainty < least.uncertainty ? probe : least),
    undefined,
  )

/**
 * Offset: a host's wall clock against the controller's, at its worst, and what the round trip leaves in doubt: it must be within the limit
 * for sure. Step: the wall clock
 * against the same host's boot clock, between two groups of probes.
 */
export function clockFindings(host: string, groups: readonly (readonly ClockProbe[])[]): readonly Finding[] {
  const probes = groups.map(best).filter(probe => probe !== undefined)
  const findings: Finding[] = []
  const atMost = (p: ClockProbe): number => Math.abs(p.offset) + p.uncertainty
  const worst = probes.reduce<ClockProbe | null>(
    (a, b) => (a === null || atMost(b) > atMost(a) ? b : a),
    null,
  )
  if (worst !== null && atMost(worst) / 1000 > CLOCK_LIMIT_MS)
    findings.push({
      code: 'CLOCK_OFFSET',
      host,
      values: { host, offsetMs: worst.offset / 1000, doubtMs: worst.uncertainty / 1000 },
      limit: CLOCK_LIMIT_MS,
    })
  let step = 0
  for (const [index, probe] of probes.entries()) {
    const earlier = probes[index - 1]
    if (earlier === undefined) continue
    const moved = probe.wall - probe.boot - (earlier.wall - earlier.boot)
    if (Math.abs(moved) > Math.abs(step)) step = moved
  }
  if (Math.abs(step) / 1000 > CLOCK_LIMIT_MS)
    findings.push({ code: 'CLOCK_STEP', host, values: { host, stepMs: step / 1000 }, limit: CLOCK_LIMIT_MS })
  return findings
}
