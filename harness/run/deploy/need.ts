import type { Host } from '../../model/target.ts'
import { type FoundTool, ToolMissing, type ToolNeed } from '../../model/workload.ts'
import { findControllerTool, runsOn } from './controller-tool.ts'
import { factsOf } from './facts-of.ts'
import { askVersion, findTool } from './find-tool.ts'
import type { DeployState } from './input.ts'
import { install } from './install.ts'

/** See DeployContext.need: on the host, else installed where that is allowed, else copied from the controller. */
export async function need(state: DeployState, host: Host, tool: ToolNeed): Promise<FoundTool> {
  const known = state.tools.find(item => item.name === tool.name && item.host === host.id)
  if (known !== undefined) return known
  const found =
    (await onHost(host, tool)) ?? (await installed(state, host, tool)) ?? (await copied(state, host, tool))
  state.tools.push(found)
  return found
}

async function onHost(host: Host, tool: ToolNeed): Promise<FoundTool | undefined> {
  const found = await findTool(host, tool)
  return found === undefined ? undefined : { name: tool.name, host: host.id, ...found, copied: false }
}

async function installed(state: DeployState, host: Host, tool: ToolNeed): Promise<FoundTool | undefined> {
  if (tool.packages === undefined) return undefined
  if (state.input.install === 'never')
    throw new ToolMissing(
      tool.name,
      host.id,
      `install it there, or set \`deploy.install: allow\` in the campaign file`,
    )
  const refused = await install(state, host, tool)
  if (refused !== null) throw new ToolMissing(tool.name, host.id, refused)
  return onHost(host, tool)
}

async function copied(state: DeployState, host: Host, tool: ToolNeed): Promise<FoundTool> {
  if (tool.copyFromController !== true)
    throw new ToolMissing(tool.name, host.id, 'its packages were installed, but the program was not found')
  const facts = factsOf(state.input, host)
  const source = await findControllerTool(state.input, tool)
  const how = `put ${tool.name} on the PATH of host ${host.id}, or on the PATH of the controller`
  if (source === undefined)
    throw new ToolMissing(tool.name, host.id, tool.hint === undefined ? how : `${how}; ${tool.hint}`)
  if (!runsOn(source.platform, facts))
    throw new ToolMissing(
      tool.name,
      host.id,
      `${how}; the controller's is for ${source.platform ?? 'an unknown system'}, the host is linux on ${facts.arch}`,
    )
  if (!facts.workRootExec)
    throw new ToolMissing(
      tool.name,
      host.id,
      `put it on the host's PATH: no program may be run from ${facts.workRoot}`,
    )
  const dir = `${state.input.workDir(host)}/tools`
  const name = tool.programs[0] ?? tool.name
  state.input.progress(`copy ${tool.name} to ${host.id}`)
  await host.put([{ name, mode: 0o755, from: source.path }], dir)
  const path = `${dir}/${name}`
  const version = await askVersion(host, path, tool)
  if (version === undefined)
    throw new ToolMissing(tool.name, host.id, `the controller's program does not run there; ${how}`)
  state.input.finding({
    code: 'TOOL_COPIED',
    host: host.id,
    values: { tool: tool.name, version, from: 'controller' },
  })
  return { name: tool.name, host: host.id, version, path, copied: true }
}
