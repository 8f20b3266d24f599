import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { JoulemarkError } from '../../model/error.ts'
import { registryOf } from '../../run/cluster/pull-secret.ts'
import { fromSkopeoDir } from './fetched.ts'
import { findProgram, runTool, type ToolFailure, type ToolRun } from './tool.ts'
import type { Fetched } from './write-archive.ts'

/**
 * Path of skopeo. buildah, podman and docker do not do instead: they unpack what they pull, and what they write out of that has another digest.
 * @throws JoulemarkError `no-skopeo` (exit `usage`)
 */
export async function findSkopeo(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const found = await findProgram('skopeo', env)
  if (found !== null) return found
  throw new JoulemarkError({
    code: 'no-skopeo',
    exit: 'usage',
    message:
      'skopeo is not on PATH, and it alone copies images as they are: what buildah, podman and docker write has another digest',
    hint: 'install it where a registry is reached (Debian, Ubuntu: apt install skopeo)',
  })
}

/**
 * Fetches an image from its registry, with all its platforms, byte for byte, into a folder `into` of the run's. `reference`: `NAME@sha256:…`.
 * @throws JoulemarkError `image-fetch`, `image-digest`
 */
export async function fetchImage(
  skopeo: string,
  reference: string,
  o: ToolRun & { readonly into: string },
): Promise<Fetched> {
  await mkdir(join(o.folder, o.into))
  const ways = ['--all', '--preserve-digests']
  const failure = await runTool([skopeo, 'copy', ...ways, `docker://${reference}`, `dir:${o.into}`], o)
  if (failure !== null) throw notFetched(reference, failure)
  const fetched = await fromSkopeoDir(join(o.folder, o.into))
  const asked = reference.slice(reference.indexOf('@') + 1)
  if (fetched.descriptor.digest === asked) return fetched
  throw new JoulemarkError({
    code: 'image-digest',
    exit: 'corrupt',
    message: `what came for ${reference} has the digest ${fetched.descriptor.digest}`,
    hint: 'the registry gave something else than it was asked for; nothing was written',
  })
}

const HINTS: readonly (readonly [RegExp, (registry: string) => string])[] = [
  [/unauthorized|authentication required|denied|forbidden/i, registry => `skopeo login ${registry}`],
  [
    /manifest unknown|not found|name unknown/i,
    () => 'the repository has no image of that digest: compare with what was printed when it was built',
  ],
  [
    /http response to https/i,
    () =>
      'a registry without TLS must be named as insecure in registries.conf (containers-registries.conf(5))',
  ],
]

function notFetched(reference: string, { how, said }: ToolFailure): JoulemarkError {
  const registry = registryOf(reference)
  const hint = HINTS.find(([pattern]) => pattern.test(said))?.[1](registry)
  return new JoulemarkError({
    code: 'image-fetch',
    exit: 'unreachable',
    message: `skopeo could not fetch ${reference} (${how})${said === '' ? '' : `: ${said}`}`,
    hint: hint ?? `is ${registry} reached from here? skopeo inspect --raw docker://${reference}`,
  })
}
