import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { HostFacts } from '../../model/target.ts'
import type { ToolNeed } from '../../model/workload.ts'
import { type Found, versionIn } from './find-tool.ts'
import type { DeployInput } from './input.ts'

const run = promisify(execFile)
const GO_ARCH: Readonly<Record<HostFacts['arch'], string>> = { x64: 'amd64', arm64: 'arm64' }

/** A program on the controller, and the system and architecture it says it is made for. */
export interface ControllerTool extends Found {
  /** `linux/amd64`, as Go programs print it; undefined: it does not say. */
  readonly platform: string | undefined
}

/** Where it may lie on the controller: what the runner was given, JOULEMARK_<NAME>, then PATH. */
export function placesOf(
  input: Pick<DeployInput, 'controllerTools' | 'env'>,
  need: ToolNeed,
): readonly string[] {
  const env = input.env ?? process.env
  const given = input.controllerTools?.get(need.name)
  const named = env[`JOULEMARK_${need.name.toUpperCase().replaceAll('-', '_')}`]
  const folders = (env['PATH'] ?? '').split(delimiter).filter(folder => folder.startsWith('/'))
  const onPath = folders.flatMap(folder => need.programs.map(program => join(folder, program)))
  return [given, named, ...onPath].filter((path): path is string => path !== undefined && path !== '')
}

/** The program on the controller that can be copied; undefined: there is none that runs and says its version. */
export async function findControllerTool(
  input: Pick<DeployInput, 'controllerTools' | 'env'>,
  need: ToolNeed,
): Promise<ControllerTool | undefined> {
  for (const path of placesOf(input, need)) {
    if (
      !(await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      continue
    const said = await run(path, [...need.versionArgs], { timeout: 20_000, maxBuffer: 65_536 }).catch(
      () => undefined,
    )
    if (said === undefined) continue
    const output = `${said.stdout}\n${said.stderr}`
    const version = versionIn(output, need.versionPattern)
    if (version === undefined) continue
    return { path, version, platform: versionIn(output, /\b((?:linux|darwin|windows|freebsd)\/[a-z0-9]+)\b/) }
  }
  return undefined
}

/** Whether a program of that platform runs on a host (hosts are Linux). */
export const runsOn = (platform: string | undefined, facts: HostFacts): boolean =>
  platform === `linux/${GO_ARCH[facts.arch]}`
