import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { splitSections } from '../../../harness/targets/parse-facts.ts'

const SCRIPT = fileURLToPath(new URL('../../../harness/targets/facts.sh', import.meta.url))

// The process id is part of the names that are tried: read by the same shell, so that they can be laid there beforehand.
const LURE =
  'ln -s "$HOME/precious" "$HOME/.joulemark-probe-$$"; mkdir "$HOME/.cache/.joulemark-probe-$$"; . "$0"'

test('folders are tried by names of our own alone, and the one without a user name is first', async () => {
  const home = await mkdtemp(join(tmpdir(), 'jm-facts-'))
  try {
    await mkdir(join(home, '.cache', 'joulemark'), { recursive: true })
    await writeFile(join(home, 'precious'), 'precious')
    const env = { PATH: process.env['PATH'], HOME: home }
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', LURE, SCRIPT, 'MARK'], { env })
    const roots = (splitSections(stdout, 'MARK').get('work-roots') ?? '').trim().split('\n')
    const paths = roots.map(line => line.split(' ').slice(2).join(' '))
    expect(paths[0]).toMatch(/^\/(var\/)?tmp$/)
    expect(paths.at(-1)).toBe(join(home, '.cache', 'joulemark'))
    expect(await readFile(join(home, 'precious'), 'utf8')).toBe('precious')
    expect(await readdir(join(home, '.cache', 'joulemark'))).toEqual([])
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
