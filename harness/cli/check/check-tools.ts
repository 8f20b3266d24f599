import type { PlannedWorkload } from '../../model/plan.ts'
import type { Host, HostFacts } from '../../model/target.ts'
import type { ToolNeed, Workload } from '../../model/workload.ts'
import { findControllerTool, runsOn } from '../../run/deploy/controller-tool.ts'
import { findTool } from '../../run/deploy/find-tool.ts'
import type { CheckItem } from '../../targets/check-item.ts'

export interface ToolCheck {
  readonly host: Host
  readonly facts: HostFacts
  readonly planned: readonly PlannedWorkload[]
  readonly workloads: ReadonlyMap<string, Workload>
  /** As for a run: programs of the controller that may be copied. */
  readonly controllerTools: ReadonlyMap<string, string>
}

/** Programs that the planned workloads need on a host in its roles: there, to be installed, to be copied, or missing. */
export async function toolItems(o: ToolCheck): Promise<readonly CheckItem[]> {
  const items: CheckItem[] = []
  const seen = new Set<string>()
  for (const planned of o.planned) {
    const workload = o.workloads.get(planned.id)
    const needs = workload?.needs?.(workload.params.parse(planned.params)) ?? []
    for (const { role, tool } of needs) {
      if (!o.host.roles.includes(role) || seen.has(tool.name)) continue
      seen.add(tool.name)
      items.push(await toolItem(o, tool, planned))
    }
  }
  return items
}

async function toolItem(
  { host, facts, controllerTools }: ToolCheck,
  tool: ToolNeed,
  planned: PlannedWorkload,
): Promise<CheckItem> {
  const subject = tool.name
  const found = await findTool(host, tool)
  if (found !== undefined) return { subject, state: 'ok', text: `${found.version}, ${found.path}` }
  if (tool.copyFromController === true) {
    const ours = await findControllerTool({ controllerTools }, tool)
    if (ours !== undefined && runsOn(ours.platform, facts) && facts.workRootExec)
      return { subject, state: 'ok', text: `${ours.version}, will be copied from this controller` }
  }
  if (tool.packages !== undefined && planned.install === 'allow')
    return { subject, state: 'note', text: 'will be installed' }
  const hint =
    tool.packages === undefined
      ? (tool.hint ?? `put ${tool.name} on the host's PATH`)
      : 'install it there, or set deploy.install: allow'
  return { subject, state: 'absent', text: `${planned.key} will be skipped`, hint, skips: planned.key }
}
