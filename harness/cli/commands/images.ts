import { type Command, Option } from 'commander'
import { BUILDERS } from '../images/build-image.ts'
import type { Terminal } from '../terminal.ts'

/** `joulemark images list|build|save`: images of pods. */
export function imagesCommand(program: Command, terminal: Terminal): void {
  const images = program
    .command('images')
    .summary('list, build and save the images that pods run')
    .description(
      'Says which image a campaign needs on a Kubernetes cluster, builds it, and saves it as one file for sites that reach no registry.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  joulemark images list campaign.yaml\n  joulemark images build --out workloads.tar\n  joulemark images save campaign.yaml --out images.tar',
    )
  listCommand(images, terminal)
  buildCommand(images, terminal)
  saveCommand(images, terminal)
}

function listCommand(images: Command, terminal: Terminal): void {
  images
    .command('list')
    .summary('print the images that a campaign needs')
    .description(
      'Prints for each cluster of a campaign file the image that its nodes will pull (after `mirror`), with its digest, and of which platform they are where the file says so. Connects to nothing.',
    )
    .argument('<file>', 'campaign file (YAML)')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  joulemark images list campaign.yaml')
    .action(async (file: string, options: { readonly json?: true }) => {
      const [{ loadFile }, { neededText }] = await Promise.all([
        import('../load-file.ts'),
        import('../images/images-text.ts'),
      ])
      const { images: needed } = await loadFile(file)
      if (options.json === true) terminal.out(`${JSON.stringify(needed, null, 2)}\n`)
      else if (needed.length > 0) terminal.out(neededText(needed))
      else terminal.err('no target of the file is a cluster: no image is needed\n')
    })
}

function buildCommand(images: Command, terminal: Terminal): void {
  images
    .command('build')
    .summary('build the image of the workloads')
    .description(
      'Builds the image of the workloads with buildah, podman or docker into an OCI archive, and prints its line for the campaign file.',
    )
    .option('--out <file>', 'archive to write', 'joulemark-workloads.tar')
    .option('--tag <name>', 'name of the image; default localhost/joulemark/workloads:VERSION')
    .option('--platform <list>', 'linux/amd64, linux/arm64, or both with a comma; default: this machine’s')
    .addOption(
      new Option('--builder <program>', 'builder; default: the first of them on PATH').choices(BUILDERS),
    )
    .option('--registry <name>', 'registry that base images come from; default docker.io')
    .addHelpText(
      'after',
      '\nExample:\n  joulemark images build --tag registry.example.org/joulemark/workloads --platform linux/amd64,linux/arm64',
    )
    .action(async options => (await import('../images/build.ts')).buildImages(options, terminal))
}

function saveCommand(images: Command, terminal: Terminal): void {
  images
    .command('save')
    .summary('save images as one file')
    .description(
      'Fetches all images of a campaign, or one, from their registries and writes them as one OCI archive, byte for byte and with all platforms, under the names by which nodes ask for them. Needs skopeo.',
    )
    .argument('<file>', 'campaign file (YAML), or NAME@sha256:…')
    .requiredOption('--out <file>', 'archive to write')
    .addHelpText('after', '\nExample:\n  joulemark images save campaign.yaml --out images.tar')
    .action(async (what: string, { out }: { readonly out: string }) =>
      (await import('../images/save.ts')).saveImages(what, out, terminal),
    )
}
