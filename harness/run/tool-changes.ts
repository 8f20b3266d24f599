import type { RunRecord } from '../model/run.ts'
import type { Host, Target } from '../model/target.ts'
import type { ToolNeed } from '../model/workload.ts'
import type { Campaign } from './attempt.ts'
import { findControllerTool } from './deploy/controller-tool.ts'
import { findTool } from './deploy/find-tool.ts'
import { type Change, installedHosts } from './environment.ts'

/**
 * Programs of a workload whose version is not what a complete run found. One that is gone from a host where the ledger names packages of ours
 * is no change: it is installed again, and the runs then say with which version.
 */
export async function toolChanges(
  { parts, plan, ledger }: Campaign,
  target: Target,
  record: RunRecord,
): Promise<readonly Change[]> {
  const planned = plan.workloads.find(workload => workload.key === record.workload)
  const workload = planned === undefined ? undefined : parts.workloads.get(planned.id)
  if (planned === undefined || workload?.needs === undefined) return []
  const installed = installedHosts(ledger.made(), target.id)
  const changes: Change[] = []
  for (const { role, tool } of workload.needs(workload.params.parse(planned.params))) {
    const host = target.host(role)
    const before = record.tools.find(one => one.name === tool.name && one.host === host.id)?.version
    if (before === undefined) continue
    const after = (await versionNow(host, tool, parts)) ?? 'none'
    if (after === before || (after === 'none' && installed.has(host.id))) continue
    changes.push({ host: host.id, fact: `tool.${tool.name}`, before, after })
  }
  return changes
}

async function versionNow(host: Host, tool: ToolNeed, parts: Campaign['parts']): Promise<string | undefined> {
  const found = await findTool(host, tool)
  if (found !== undefined || tool.copyFromController !== true) return found?.version
  return (await findControllerTool(parts, tool))?.version
}
