import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const source = await readFile(new URL('../../../harness/transport/detach.sh', import.meta.url), 'utf8')

const SHELLS: Readonly<Record<string, string>> = {
  dash: '/bin/dash',
  bash: '/bin/bash --posix',
  busybox: '/bin/busybox sh',
}

let dir = ''
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'joulemark-detach-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** The script in a shell of choice: every shell that it starts itself is of that kind too. */
function script(shell: string, env: Readonly<Record<string, string>> = {}) {
  const text = source.replaceAll('/bin/sh', shell)
  return (verb: string, name: string, ...words: string[]) => {
    const [file = '', ...args] = shell.split(' ')
    const { stdout, stderr, status } = spawnSync(
      file,
      [...args, '-c', text, 'detach', verb, dir, name, ...words],
      {
        encoding: 'utf8',
        // Not a socket: bash would take itself for a remote shell and read its profile.
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...env },
      },
    )
    return { out: stdout.trim(), err: stderr.trim(), code: status }
  }
}

async function launch(
  run: ReturnType<typeof script>,
  shell: string,
  name: string,
  life: number,
  argv: readonly string[],
) {
  await writeFile(join(dir, `${name}.detach.sh`), source.replaceAll('/bin/sh', shell))
  return run('launch', name, String(life), '-', ...argv)
}

async function until<T>(look: () => T, good: (value: T) => boolean, seconds = 15): Promise<T> {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const value = look()
    if (good(value) || performance.now() > end) return value
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** A zombie whose new parent has not looked yet is dead. */
function alive(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
const lineOf = async (name: string) => (await readFile(join(dir, name), 'utf8')).trim()

const there = Object.entries(SHELLS).filter(([, shell]) => existsSync(shell.split(' ')[0] ?? ''))

describe.each(there)('in %s', (_, shell) => {
  const run = script(shell)

  test('a process runs in a session of its own, writes its files and leaves its exit code', async () => {
    const started = await launch(run, shell, 'job', 60, ['/bin/sh', '-c', 'echo out; echo err >&2; exit 3'])
    expect(started.err).toBe('')
    expect(started.out).toMatch(/^started \d+$/)
    const status = await until(
      () => run('status', 'job').out,
      out => out.startsWith('exited'),
    )
    expect(status).toBe('exited 3 -')
    expect(await lineOf('job.out')).toBe('out')
    expect(await lineOf('job.err')).toBe('err')
  })

  test('it ends itself at its deadline, with all that it started', async () => {
    await launch(run, shell, 'job', 1, [
      '/bin/sh',
      '-c',
      'setsid sleep 300 & echo $! >"$0"; sleep 300 & wait',
      join(dir, 'child'),
    ])
    await until(() => existsSync(join(dir, 'child')), Boolean)
    const child = await lineOf('child')
    const status = await until(
      () => run('status', 'job').out,
      out => out.startsWith('exited'),
    )
    expect(status).toBe('exited 143 deadline')
    expect(alive(child)).toBe(false)
  })

  test('a renewed life is longer, and a stop ends it at once; both may be said again', async () => {
    await launch(run, shell, 'job', 2, ['sleep', '300'])
    expect(run('renew', 'job', '60').out).toBe('renewed')
    await new Promise(resolve => setTimeout(resolve, 2500))
    expect(run('status', 'job').out).toMatch(/^running \d+$/)
    expect(run('stop', 'job', 'INT', '10').out).toBe('stopped')
    expect(run('status', 'job').out).toBe('exited 130 -')
    expect(run('stop', 'job', 'TERM', '10').out).toBe('stopped')
    const watch = (await lineOf('job.watch')).split(' ')[0] ?? ''
    expect(
      await until(
        () => alive(watch),
        gone => !gone,
      ),
    ).toBe(false)
  })

  test('what does not listen is killed after its grace', async () => {
    await launch(run, shell, 'job', 60, ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 0.2; done'])
    expect(run('stop', 'job', 'TERM', '1').out).toBe('stopped')
    expect(run('status', 'job').out).toBe('exited 137 -')
  })
})

describe('whatever the shell', () => {
  const shell = '/bin/sh'
  const run = script(shell)

  test('a name that runs is not started twice', async () => {
    await launch(run, shell, 'job', 30, ['sleep', '300'])
    expect((await launch(run, shell, 'job', 30, ['sleep', '300'])).code).toBe(71)
    run('stop', 'job', 'TERM', '0')
  })

  test('a program that is not there is told at once', async () => {
    expect((await launch(run, shell, 'job', 30, ['/nonexistent/program'])).code).toBe(73)
    expect((await launch(run, shell, 'job', 30, ['no-such-program'])).code).toBe(73)
  })

  test('a process whose id was given to another is not signalled', async () => {
    const other = spawnSync('/bin/sh', ['-c', 'sleep 300 >/dev/null 2>&1 & echo $!'], {
      encoding: 'utf8',
    }).stdout.trim()
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    await writeFile(join(dir, 'job.pid'), `${other} 1 ${boot}\n`)
    await writeFile(join(dir, 'job.sup'), `${other} 1 ${boot}\n`)
    expect(run('status', 'job').out).toMatch(/^gone /)
    expect(run('stop', 'job', 'KILL', '0').out).toBe('stopped')
    expect(alive(other)).toBe(true)
    process.kill(Number(other), 'SIGKILL')
  })

  test('a killed supervisor leaves a process that is known to be gone', async () => {
    await launch(run, shell, 'job', 30, ['sleep', '300'])
    for (const file of ['job.sup', 'job.pid', 'job.watch'])
      process.kill(Number((await lineOf(file)).split(' ')[0]), 'SIGKILL')
    const status = await until(
      () => run('status', 'job').out,
      out => out.startsWith('gone'),
    )
    expect(status).toMatch(/^gone /)
  })

  test('the deadline holds when the folder is gone and the supervisor killed', async () => {
    await launch(run, shell, 'job', 2, ['sleep', '300'])
    const pid = (await lineOf('job.pid')).split(' ')[0] ?? ''
    await rm(dir, { recursive: true })
    await mkdir(dir)
    expect(
      await until(
        () => alive(pid),
        gone => !gone,
      ),
    ).toBe(false)
  })

  test('without setsid perl takes its place', async () => {
    const bin = join(dir, 'bin')
    await mkdir(bin)
    for (const tool of ['perl', 'sleep', 'cat', 'rm', 'mv', 'id', 'sh'])
      if (existsSync(`/usr/bin/${tool}`)) await symlink(`/usr/bin/${tool}`, join(bin, tool))
      else await symlink(`/bin/${tool}`, join(bin, tool))
    const bare = script(shell, { PATH: bin })
    await launch(bare, shell, 'job', 30, ['sleep', '300'])
    expect(await lineOf('job.how')).toBe('perl')
    const [pid = ''] = (await lineOf('job.pid')).split(' ')
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
    expect(fields.slice(2, 4)).toEqual([pid, pid])
    expect(bare('stop', 'job', 'INT', '5').out).toBe('stopped')
    expect(bare('status', 'job').out).toBe('exited 130 -')
  })
})
