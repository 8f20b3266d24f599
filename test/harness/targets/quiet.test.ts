import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseQuiet } from '../../../harness/targets/parse-quiet.ts'

const source = await readFile(new URL('../../../harness/targets/quiet.sh', import.meta.url), 'utf8')
const shells = ['/bin/bash', '/bin/dash', '/bin/busybox'].filter(path => existsSync(path))

const STAT = {
  // Its name is `) */*` and a line feed, which the kernel writes as it is.
  '10': '10 () */*\n) S 1 10 10 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 1\n',
  '11': '11 (\\n10 900 root) S 1 11 11 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0 1\n',
}

test.each(shells)('%s takes the name of a process for a name, and runs nothing of it', async shell => {
  const dir = await mkdtemp(join(tmpdir(), 'jm-quiet-'))
  try {
    for (const [pid, stat] of Object.entries(STAT)) {
      await mkdir(join(dir, 'proc', pid), { recursive: true })
      await writeFile(join(dir, 'proc', pid, 'stat'), stat)
    }
    for (const name of ['loadavg', 'stat', 'uptime']) await writeFile(join(dir, 'proc', name), '1 2 3\n')
    // A shell that reckons with these names runs what stands in them.
    await mkdir(join(dir, 'lure'))
    for (let i = 10; i < 30; i += 1) await writeFile(join(dir, 'lure', `a${i}[$(id >pwned)]`), '')
    const text = source.replaceAll('/proc/', `${dir}/proc/`)
    const words = [...(shell.endsWith('busybox') ? ['sh'] : []), '-c', text, 'quiet', 'M']
    const { stdout } = await promisify(execFile)(shell, words, { cwd: dir })
    expect(await readdir(dir)).not.toContain('pwned')
    const [, before = ''] = /^M ticks-before\n([^]*?)\n\nM /m.exec(stdout) ?? []
    expect(before).toBe('11 42 \\n10 900 root')
    expect(parseQuiet(stdout, 'M').busiest).toEqual([])
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
