import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../results/archive/temporary-folder.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../scripts/test')

/** Runs scripts/test as a user of this id, where nothing is on PATH but what it needs itself and these programs, which do nothing. */
async function runOn(
  { uid, programs }: { uid: number; programs: readonly string[] },
  part: readonly string[],
) {
  await using folder = await temporaryFolder()
  const bin = path.join(folder.path, 'bin')
  const home = path.join(folder.path, 'home')
  await mkdir(bin)
  await mkdir(home)
  for (const name of ['bash', 'dirname', 'env']) {
    const { stdout } = await execa('sh', ['-c', 'command -v "$1"', 'sh', name])
    await symlink(stdout, path.join(bin, name))
  }
  for (const [name, text] of [['id', `echo ${uid}`], ...programs.map(name => [name, ':'])]) {
    const file = path.join(bin, name ?? '')
    await writeFile(file, `#!/bin/sh\n${text}\n`)
    await chmod(file, 0o755)
  }
  const env = { PATH: bin, HOME: home, XDG_CACHE_HOME: home }
  const ended = await execa(SCRIPT, part, { env, extendEnv: false, reject: false, stdin: 'ignore' })
  expect(await readdir(home)).toEqual([])
  return ended
}

const GO = '  - Go (builds k6, InfluxDB and Kubernetes)'
const RUST = "  - Rust's cargo (builds a part of InfluxDB)"
const ROOT = "  - root (network namespaces, users and mounts of the tests' own)"

test.each([
  { uid: 0, programs: [], named: [GO, RUST] },
  { uid: 1000, programs: [], named: [ROOT, GO, RUST] },
  { uid: 1000, programs: ['go', 'cargo'], named: [ROOT] },
  { uid: 0, programs: ['go'], named: [RUST] },
])('user $uid with $programs: exits 2, names $named and builds nothing', async ({ named, ...machine }) => {
  for (const part of [[], ['fresh']]) {
    const ended = await runOn(machine, part)
    expect(ended.exitCode).toBe(2)
    expect(ended.stderr.split('\n').filter(line => line.startsWith('  - '))).toEqual(named)
    expect(ended.stderr).toContain('Nothing was built. The fast part needs none of them: scripts/test unit')
    expect(ended.stdout).toBe('')
  }
})

test('the fast part asks for Node alone', async () => {
  const ended = await runOn({ uid: 1000, programs: [] }, ['unit'])
  expect(ended.exitCode).toBe(2)
  expect(ended.stderr).toMatch(/^Joulemark needs Node\.js 18 or newer/)
})

test('a part that there is not is named', async () => {
  const ended = await runOn({ uid: 0, programs: ['go', 'cargo'] }, ['everything'])
  expect(ended.exitCode).toBe(2)
  expect(ended.stderr).toContain("unknown part 'everything'")
})
