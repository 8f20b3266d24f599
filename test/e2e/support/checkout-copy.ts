import { access, cp, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { root } from './command.ts'

/** The working tree without what git ignores, below `to`; node_modules as a copy (npm may write there) or as a link. */
export async function copyCheckout(to: string, modules: 'copy' | 'link'): Promise<void> {
  const { stdout } = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const file of new Set(stdout.split('\0').filter(Boolean))) {
    if (!(await exists(path.join(root, file)))) continue
    await mkdir(path.dirname(path.join(to, file)), { recursive: true })
    await cp(path.join(root, file), path.join(to, file))
  }
  const from = path.join(root, 'node_modules')
  if (modules === 'link') await symlink(from, path.join(to, 'node_modules'))
  // cp(1): the same three hundred megabytes take Node's own copy ten times as long.
  else await execa('cp', ['-a', from, path.join(to, 'node_modules')])
}

/** A file that is tracked may be removed in the working tree. */
const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
