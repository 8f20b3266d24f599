import { cp, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { root } from './command.ts'

/** What git tracks, as it is in the working tree, below `to`; node_modules as a copy (npm may write there) or as a link. */
export async function copyTracked(to: string, modules: 'copy' | 'link'): Promise<void> {
  const { stdout } = await execa('git', ['ls-files', '-z'], { cwd: root })
  for (const file of stdout.split('\0').filter(Boolean)) {
    await mkdir(path.dirname(path.join(to, file)), { recursive: true })
    await cp(path.join(root, file), path.join(to, file))
  }
  const from = path.join(root, 'node_modules')
  if (modules === 'link') await symlink(from, path.join(to, 'node_modules'))
  // cp(1): the same three hundred megabytes take Node's own copy ten times as long.
  else await execa('cp', ['-a', from, path.join(to, 'node_modules')])
}
