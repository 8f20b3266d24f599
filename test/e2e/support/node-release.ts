import { mkdir, readdir, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { plainEnvironment } from './plain-environment.ts'

/** A release of Node with the npm that came with it, from packages that need no install script; once into the cache of the testbed. */
export interface NodeRelease {
  readonly node: string
  readonly npm: string
}

/** @returns the folder into which the release was installed */
export async function nodeRelease(release: NodeRelease): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
  const dir = path.join(cache, 'joulemark/testbed', `node-${release.node}-npm-${release.npm}`)
  const platform = `node-${process.platform}-${process.arch}`
  const missing = await readdir(path.join(dir, 'node_modules', platform, 'bin')).then(
    () => false,
    () => true,
  )
  if (missing) {
    await mkdir(dir, { recursive: true })
    const wanted = [`${platform}@${release.node}`, `npm@${release.npm}`]
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', dir]
    await execa('npm', ['install', ...options, ...wanted], {
      cwd: dir,
      env: plainEnvironment(),
      extendEnv: false,
    })
  }
  return dir
}

/** Programs a workload and a recorder on this machine use; neither compiler nor make nor Python is among them. */
const PROGRAMS = ['sh', 'sed', 'grep', 'gzip', 'perl', 'setsid', 'zstd']

/** Fills `bin` with links to Node, npm, coreutils and PROGRAMS: all that a PATH of it alone can find. */
export async function toolFolder(bin: string, release: NodeRelease): Promise<void> {
  const dir = path.join(await nodeRelease(release), 'node_modules')
  await mkdir(bin, { recursive: true })
  const platform = `node-${process.platform}-${process.arch}`
  const links = new Map([
    ['node', path.join(dir, platform, 'bin/node')],
    ['npm', path.join(dir, 'npm/bin/npm-cli.js')],
  ])
  const { stdout: listed } = await execa('dpkg-query', ['-L', 'coreutils'])
  for (const file of listed.split('\n').filter(line => /^(\/usr)?\/s?bin\/./.test(line)))
    links.set(path.basename(file), file)
  for (const program of PROGRAMS) links.set(program, (await execa('which', [program])).stdout)
  for (const [name, to] of links) await symlink(to, path.join(bin, name))
}
