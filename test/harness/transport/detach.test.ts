import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseStatus } from '../../../harness/transport/detach.ts'

test.each([
  ['running 42\n', { state: 'running', pid: 42 }],
  ['exited 137 deadline\n', { state: 'exited', code: 137, deadline: true }],
  ['exited 0 -\n', { state: 'exited', code: 0, deadline: false }],
  ['gone it was never started\n', { state: 'gone', reason: 'it was never started' }],
  ['', null],
  ['running x', null],
])('%j is understood', (text, status) => {
  expect(parseStatus(text)).toEqual(status)
})

test('files that a name of a process matches as a pattern do not say what process it is', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'joulemark-detach-'))
  try {
    const source = await readFile(new URL('../../../harness/transport/detach.sh', import.meta.url), 'utf8')
    await mkdir(join(dir, 'proc/77'), { recursive: true })
    // Its name is `) lure/*` and a line feed, which the kernel writes as it is.
    await writeFile(
      join(dir, 'proc/77/stat'),
      `77 () lure/*\n) S 1 77 77 ${Array.from({ length: 15 }, () => 0).join(' ')} 4711\n`,
    )
    await mkdir(join(dir, 'lure'))
    for (let i = 11; i <= 30; i += 1) await writeFile(join(dir, 'lure', String(i)), '')
    await writeFile(join(dir, 'job.pid'), '77 lure/30 -\n')
    const text = source.replaceAll('/proc/', `${dir}/proc/`)
    const words = ['-c', text, 'detach', 'status', dir, 'job']
    const { stdout } = spawnSync('/bin/sh', words, { cwd: dir, encoding: 'utf8' })
    expect(stdout).toBe('gone it and its supervisor were killed\n')
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
