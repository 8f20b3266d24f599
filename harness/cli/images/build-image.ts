import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../model/error.ts'
import { fromLayout } from './fetched.ts'
import { findProgram, runTool, type ToolFailure, type ToolRun } from './tool.ts'
import type { Fetched } from './write-archive.ts'

/** Programs that build images, in the order in which they are looked for. */
export const BUILDERS = ['buildah', 'podman', 'docker'] as const
export type Builder = (typeof BUILDERS)[number]

export interface BuildRequest {
  /** With its tag. */
  readonly name: string
  /** `linux/amd64` */
  readonly platforms: readonly string[]
  readonly dockerfile: string
  /** Values of its ARGs. */
  readonly args: Readonly<Record<string, string>>
}

/** What a builder reads and leaves, in the folder that it runs in. */
const CONTEXT = 'context'
const LAYOUT = 'layout'

type Argv = readonly [string, ...string[]]

/**
 * What a builder has to do to leave an image as OCI layout in its folder, and how it forgets it afterwards. buildah and podman build into a
 * list of platforms of their own storage, and write that out; docker's BuildKit writes it at once. `list`: name of that list, which must be new:
 * else the image would stand in it beside another.
 */
export function buildSteps(
  builder: Builder,
  program: string,
  list: string,
  o: BuildRequest,
): { readonly steps: readonly Argv[]; readonly forget: Argv | null } {
  const args = Object.entries(o.args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  const what = ['--platform', o.platforms.join(','), ...args, '--file', o.dockerfile, CONTEXT]
  if (builder === 'docker') {
    const output = `type=oci,tar=false,dest=${LAYOUT},name=${o.name}`
    // Attestations would be images of no platform beside those asked for.
    const plain = ['--provenance=false', '--sbom=false']
    return { steps: [[program, 'buildx', 'build', ...plain, '--output', output, ...what]], forget: null }
  }
  return {
    steps: [
      [program, 'build', '--format', 'oci', '--manifest', list, ...what],
      [program, 'manifest', 'push', '--all', '--format', 'oci', list, `oci:${LAYOUT}:${o.name}`],
    ],
    forget: [program, 'manifest', 'rm', list],
  }
}

/** The builder that was asked for, or the first that is there. @throws JoulemarkError `no-builder` (exit `usage`) */
export async function findBuilder(
  asked: Builder | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly builder: Builder; readonly program: string }> {
  for (const builder of asked === undefined ? BUILDERS : [asked]) {
    const program = await findProgram(builder, env)
    if (program !== null) return { builder, program }
  }
  throw new JoulemarkError({
    code: 'no-builder',
    exit: 'usage',
    message: `${asked ?? 'none of buildah, podman and docker'} is ${asked === undefined ? '' : 'not '}on PATH: nothing can build the image`,
    hint: 'install one of them (Debian, Ubuntu: apt install buildah); it is needed where images are built, not where campaigns run',
  })
}

/** Builds an image; its files lie in the folder of the run, which is the caller's. @throws JoulemarkError `image-build` */
export async function buildImage(
  found: { readonly builder: Builder; readonly program: string },
  o: BuildRequest & ToolRun,
): Promise<Fetched> {
  const { builder, program } = found
  // Nothing is copied from there; a folder with anything in it would be sent to the builder.
  await mkdir(join(o.folder, CONTEXT))
  const list = `localhost/joulemark-build-${randomBytes(8).toString('hex')}`
  const { steps, forget } = buildSteps(builder, program, list, o)
  try {
    for (const argv of steps) {
      const failure = await runTool(argv, o)
      if (failure !== null) throw notBuilt(builder, o, failure)
    }
  } finally {
    // Layers stay in the builder's storage, as after any build. Where there is no list yet there is none to forget.
    const quiet = { ...o, tell: () => undefined, signal: AbortSignal.timeout(FORGET_MILLIS) }
    if (forget !== null) await runTool(forget, quiet).catch(() => null)
  }
  return fromLayout(join(o.folder, LAYOUT))
}

const FORGET_MILLIS = 30_000

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /exec format error/i,
    'programs of another platform run only by emulation: install qemu-user-static (binfmt), or build on a machine of that platform and give --platform for it alone',
  ],
  [
    /oci exporter .* not supported|multiple platforms feature|containerd image store/i,
    'docker writes such an image with a builder of its own (docker buildx create --use) or with the containerd image store',
  ],
  [/daemon/i, 'start the daemon, or take another builder (--builder)'],
  [
    /no such host|i\/o timeout|connection refused|pinging container registry/i,
    'base images come from docker.io; --registry names another registry that has them',
  ],
]

function notBuilt(builder: Builder, { platforms }: BuildRequest, { how, said }: ToolFailure): JoulemarkError {
  const hint = HINTS.find(([pattern]) => pattern.test(said))?.[1]
  return new JoulemarkError({
    code: 'image-build',
    exit: 'unreachable',
    message: `${builder} did not build the image for ${platforms.join(', ')} (${how})${said === '' ? '' : `: ${said}`}`,
    hint: hint ?? 'what it said stands above',
  })
}
