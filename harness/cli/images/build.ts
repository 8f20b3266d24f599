import { fileURLToPath } from 'node:url'
import { JoulemarkError } from '../../model/error.ts'
import { stopSignals } from '../stop-signals.ts'
import type { Terminal } from '../terminal.ts'
import { toolVersion } from '../version.ts'
import { type Builder, buildImage, findBuilder } from './build-image.ts'
import { archiveText } from './images-text.ts'
import { makeArchive } from './make-archive.ts'
import { plainPlatform } from './oci.ts'
import { refuseMissing } from './platforms.ts'

export interface BuildOptions {
  readonly tag?: string
  readonly platform?: string
  readonly builder?: Builder
  readonly registry?: string
  readonly out: string
}

/** Among the sources and in the package alike. */
const DOCKERFILE = fileURLToPath(new URL('../../../workloads/Dockerfile', import.meta.url))

/** https://github.com/distribution/reference: host, port, path, tag. */
const NAME =
  /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/
const PLATFORM = /^linux\/[a-z0-9]+(?:\/[a-z0-9]+)?$/
const REGISTRY = /^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:\/[a-z0-9][a-z0-9._-]*)*$/

/** `joulemark images build`: the image of the workloads as an OCI archive, and its line for the campaign file. */
export async function buildImages(options: BuildOptions, terminal: Terminal): Promise<void> {
  const version = toolVersion()
  const name = imageName(options.tag ?? 'localhost/joulemark/workloads', version)
  const platforms = platformsOf(options.platform ?? ownPlatform())
  const registry = matching(options.registry ?? 'docker.io', REGISTRY, 'a registry')
  const found = await findBuilder(options.builder, process.env)
  terminal.err(`${found.builder} builds ${name} for ${platforms.join(', ')}\n`)
  using stop = stopSignals(() => terminal.err('stopping\n'))
  const request = {
    name,
    platforms,
    dockerfile: DOCKERFILE,
    args: { REGISTRY: registry, VERSION: version },
    tell: (line: string) => terminal.err(`  ${line}\n`),
    signal: stop.soft,
  }
  let reference = ''
  const made = await makeArchive({
    out: options.out,
    signal: stop.soft,
    collect: async folder => {
      const image = await buildImage(found, { ...request, folder })
      reference = `${name.replace(/:[^:/]*$/, '')}@${image.descriptor.digest}`
      return [{ ...image, names: [name, reference] }]
    },
    judge: ([image]) => refuseMissing(platforms, image?.platforms ?? []),
  })
  terminal.err(archiveText(options.out, made))
  terminal.err('In the campaign file, with the name by which nodes pull it:\n')
  terminal.out(`image: ${reference}\n`)
}

function imageName(asked: string, version: string): string {
  const name = matching(asked, NAME, 'a name of an image')
  return /:[^:/]*$/.test(name) ? name : `${name}:${version}`
}

const ownPlatform = (): string => (process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')

const platformsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(',')
      .map(one => plainPlatform(matching(one.trim(), PLATFORM, 'a platform such as linux/arm64'))),
  ),
]

function matching(text: string, pattern: RegExp, what: string): string {
  if (pattern.test(text)) return text
  throw new JoulemarkError({
    code: 'images-usage',
    exit: 'usage',
    message: `${JSON.stringify(text)} is not ${what}`,
    hint: 'joulemark images build --help shows an example',
  })
}
