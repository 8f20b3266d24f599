import type { Plan } from '../../harness/model/plan.ts'
import type { Result } from '../../harness/model/result.ts'
import type { Cleanup, RunRecord } from '../../harness/model/run.ts'
import type { HostFacts } from '../../harness/model/target.ts'

/** What the campaign's heading needs of the small files of its runs. */
export interface RunHeading {
  readonly target: string
  readonly record: RunRecord | null
  readonly hosts: Readonly<Record<string, HostFacts>>
  readonly cleanup: Cleanup | null
}

export function campaignHeading(
  plan: Plan,
  o: { readonly id: string; readonly sealed: boolean; readonly runs: readonly RunHeading[] },
): Result['campaign'] {
  const phases = o.runs.flatMap(run => run.record?.phases ?? [])
  const complete = new Set(o.runs.filter(r => r.record?.outcome === 'complete').map(r => r.record?.number))
  return {
    id: o.id,
    name: plan.name,
    title: plan.title,
    planDigest: plan.digest,
    profile: plan.protocol.profile,
    ranked: plan.protocol.ranked,
    repetitions: plan.protocol.repetitions,
    seed: plan.protocol.seed,
    zone: plan.zone,
    startedAt:
      phases.length === 0
        ? null
        : phases.reduce((least, p) => Math.min(least, p.start), Number.POSITIVE_INFINITY),
    endedAt:
      phases.length === 0
        ? null
        : phases.reduce((most, p) => Math.max(most, p.end), Number.NEGATIVE_INFINITY),
    sealed: o.sealed,
    planned: plan.runs.length,
    complete: complete.size,
  }
}

/** Machines by boot id, numbered in the order of the plan: the ids themselves stay out. */
export function machinesOf(plan: Plan, runs: readonly RunHeading[]): Result['machines'] {
  const numbers = new Map<string, number>()
  return plan.targets.flatMap(target =>
    target.hosts.flatMap(({ id, roles }) => {
      const facts = runs.find(run => run.target === target.id && run.hosts[id] !== undefined)?.hosts[id]
      if (facts === undefined) return []
      const machine = numbers.get(facts.bootId) ?? numbers.size + 1
      numbers.set(facts.bootId, machine)
      return [
        {
          target: target.id,
          host: id,
          roles,
          machine,
          kernel: facts.kernel,
          os: `${facts.os.id} ${facts.os.version}`,
          cpu: facts.cpu.model,
          threads: facts.cpu.threads,
          memoryBytes: facts.memoryBytes,
          virtualization: facts.virtualization,
          governor: facts.cpu.governor,
        },
      ]
    }),
  )
}

export function cleanupOf(runs: readonly RunHeading[]): Result['cleanup'] {
  const all = runs.map(run => run.cleanup).filter(c => c !== null)
  return {
    made: all.reduce((sum, c) => sum + c.made, 0),
    gone: all.reduce((sum, c) => sum + c.gone, 0),
    left: all.flatMap(c =>
      c.items.filter(item => item.state === 'left').map(item => `${item.host}: ${item.what}`),
    ),
    checkedAt: all.length === 0 ? null : Math.max(...all.map(c => c.checkedAt)),
  }
}
