import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recorderKit } from '../../../collectors/recorder/kit.ts'
import type { FileSource } from '../../../harness/model/collector.ts'
import type { RecorderKind } from '../../../harness/model/recorder.ts'
import { bytes, hertz } from '../../../harness/model/units.ts'
import {
  clockFile,
  contents,
  decoded,
  exitOf,
  type Place,
  place,
  programPath,
  recordingBytes,
  source,
  start,
  statusOf,
  ticksOf,
  untilTicks,
} from './run-recorder.ts'

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const isRoot = process.getuid?.() === 0
const CC = process.env['CC'] ?? 'cc'
const nobody = 65_534
const slow = { rate: hertz(1) }

/** A host's files with all that is awkward: binary, longer than a page, empty, missing, a process tree with and without `children`. */
const recordedTree = async (at: Place): Promise<{ root: string; sources: readonly FileSource[] }> => {
  const root = join(at.dir, 'tree')
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), content)
  }
  const allBytes = Uint8Array.from({ length: 9000 }, (_, i) => (i * 31) % 256)
  await put('/sys/binary', allBytes)
  await put('/sys/empty', '')
  await put('/sys/line', '123456\n')
  await put('/proc/stat', `cpu  1 2 3\n${'intr 1 '.repeat(1000)}\n`)
  await put('/run/root.pid', '100\n')
  await put('/run/wrong.pid', 'none\n')
  for (const [pid, parent, children] of [
    [100, 1, '101 102 '],
    [101, 100, ''],
    [102, 100, '103 '],
    [103, 102, ''],
    [200, 1, ''],
  ] as const) {
    await put(`/proc/${pid}/stat`, `${pid} (a ) b) S ${parent} 0 0\n`)
    await put(`/proc/${pid}/task/${pid}/children`, children)
  }
  const sources = [
    source('a/binary', '/sys/binary'),
    source('a/cut', '/sys/binary', { maxBytes: bytes(3000), reopen: true }),
    source('a/missing', '/sys/missing'),
    source('a/empty', '/sys/empty', { reopen: true }),
    source('a/line', '/sys/line'),
    source('cpu/stat', '/proc/stat'),
    source('t/all', '/run/root.pid', { tree: true }),
    source('t/bound', '/run/root.pid', { tree: true, maxBytes: bytes(50) }),
    source('t/wrong', '/run/wrong.pid', { tree: true }),
    source('t/missing', '/run/missing.pid', { tree: true }),
    source('own', '/proc/self/schedstat'),
  ]
  await put('/proc/self/schedstat', '1 2 3\n')
  return { root, sources }
}

/** What a recorder writes of the recorded tree, with an injected clock. */
const replay = async (
  at: Place,
  tree: { root: string; sources: readonly FileSource[] },
  o: { readonly kind: RecorderKind; readonly program?: readonly string[]; readonly path?: string },
): Promise<Buffer> => {
  const request = await at.request(tree.sources, slow)
  const args = ['--root', tree.root, '--clock', await clockFile(at.dir, 3)]
  const child = await start(request, {
    kind: o.kind,
    ...(o.program === undefined ? {} : { program: o.program }),
    args,
    env: { PATH: o.path ?? process.env['PATH'] ?? '', LC_ALL: 'C' },
  })
  expect(await exitOf(child)).toBe(0)
  return recordingBytes(request)
}

/** Without the header, which names the recorder. */
const frames = (recording: Buffer): Buffer => recording.subarray(recording.indexOf('\n\nt '))

const program = async (at: Place, kind: RecorderKind): Promise<string> =>
  programPath(kind, await at.request([source('a/b', '/x')], slow))

/** A PATH with nothing but busybox's applets. */
const busyboxPath = async (at: Place): Promise<string> => {
  const dir = join(at.dir, 'bin')
  await mkdir(dir, { recursive: true })
  const busybox = execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim()
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    await symlink(busybox, join(dir, name)).catch(() => {})
  return dir
}

const shells = [
  ['dash', has('dash')],
  ['busybox', has('busybox')],
] as const

describe('on a recorded tree with an injected clock', () => {
  test.each(['children', 'scan'])('perl says what is there (descendants by %s)', async by => {
    await using at = await place()
    const tree = await recordedTree(at)
    if (by === 'scan') await withoutChildren(tree.root)
    const request = await at.request(tree.sources, slow)
    const child = await start(request, { args: ['--root', tree.root, '--clock', await clockFile(at.dir, 2)] })
    expect(await exitOf(child)).toBe(0)
    const items = await decoded(request)
    const first = (id: string): string | undefined => contents(items, id)[0]
    const stat = (pid: number, parent: number): string => `${pid} (a ) b) S ${parent} 0 0\n`
    expect(first('t/all')).toBe(stat(100, 1) + stat(101, 100) + stat(102, 100) + stat(103, 102))
    expect(first('t/bound')).toBe(stat(100, 1) + stat(101, 100))
    expect([first('t/wrong'), first('t/missing'), first('a/missing')]).toEqual(['EIO', 'ENOENT', 'ENOENT'])
    expect(first('a/cut')).toHaveLength(3000)
    expect(ticksOf(items).map(({ due, mono, end }) => [due, mono, end])).toEqual([
      [1_000_000, 1_000_120, 1_000_450],
      [2_000_000, 2_000_120, 2_000_450],
    ])
  })

  test.runIf(has(CC)).each(['children', 'scan'])(
    'the C twin writes the same bytes as perl (%s)',
    async by => {
      await using at = await place()
      const tree = await recordedTree(at)
      if (by === 'scan') await withoutChildren(tree.root)
      const twin = join(at.dir, 'twin')
      const folder = join(await program(at, 'perl'), '..')
      execFileSync(CC, [
        '-O2',
        '-Wall',
        '-Werror',
        '-o',
        twin,
        join(folder, 'twin.c'),
        join(folder, 'twin-tree.c'),
      ])
      const perl = await replay(at, tree, { kind: 'perl' })
      const c = await replay(at, tree, { kind: 'perl', program: [twin] })
      expect(c.equals(perl)).toBe(true)
    },
  )

  for (const [shell, there] of shells) {
    test.runIf(there).each(['children', 'scan'])(`${shell} writes the same ticks as perl (%s)`, async by => {
      await using at = await place()
      const tree = await recordedTree(at)
      if (by === 'scan') await withoutChildren(tree.root)
      const perl = await replay(at, tree, { kind: 'perl' })
      const file = await program(at, 'sh')
      const sh =
        shell === 'dash'
          ? await replay(at, tree, { kind: 'sh', program: ['dash', file] })
          : await replay(at, tree, {
              kind: 'sh',
              program: ['busybox', 'sh', file],
              path: await busyboxPath(at),
            })
      expect(frames(sh).toString('latin1')).toBe(frames(perl).toString('latin1'))
    })
  }
})

const withoutChildren = async (root: string): Promise<void> => {
  for (const pid of [100, 101, 102, 103, 200])
    await rm(join(root, `proc/${pid}/task`), { recursive: true, force: true })
}

describe('the shell recorder on the live kernel', () => {
  for (const [shell, there] of shells) {
    test.runIf(there)(`${shell}: stamps, own cost with its children, an end when told to stop`, async () => {
      await using at = await place()
      const request = await at.request(
        [
          source('footprint/schedstat', '/proc/self/schedstat'),
          source('cpu/stat', '/proc/stat'),
          source('x/gone', '/no/such'),
        ],
        slow,
      )
      const file = await program(at, 'sh')
      const child = await start(request, {
        kind: 'sh',
        ...(shell === 'dash'
          ? { program: ['dash', file] }
          : { program: ['busybox', 'sh', file], env: { PATH: await busyboxPath(at), LC_ALL: 'C' } }),
      })
      await untilTicks(request, 3, 30)
      child.kill('SIGTERM')
      expect(await exitOf(child)).toBe(0)
      const items = await decoded(request)
      expect(items[0]).toMatchObject({ recorder: 'sh', rate: 1, monoResolution: 10_000 })
      expect(items.at(-1)).toEqual({ item: 'end', reason: 'stopped' })
      for (const tick of ticksOf(items)) {
        expect(tick.due % 1_000_000).toBe(0)
        expect(tick.mono).toBeGreaterThanOrEqual(tick.due)
        expect(Math.abs(tick.wall / 1000 - Date.now())).toBeLessThan(60_000)
      }
      for (const text of contents(items, 'cpu/stat'))
        expect(text).toMatch(/^cpu {2}\d+ [^]*\nsoftirq [\d ]+\n$/)
      expect(new Set(contents(items, 'x/gone'))).toEqual(new Set(['ENOENT']))
      for (const text of contents(items, 'footprint/schedstat'))
        expect(text).toMatch(/^\d+0000000 \d+ \d+\n$|^0 \d+ \d+\n$/)
      expect(await readdir(request.tmpfsDir ?? '')).toEqual(['recording-1.recording'])
    })
  }

  test('stops when all is full, and says so', async () => {
    await using at = await place()
    const tree = await recordedTree(at)
    const request = await at.request(tree.sources, {
      ...slow,
      tmpfsBytes: bytes(60_000),
      diskBytes: bytes(60_000),
    })
    const args = ['--root', tree.root, '--clock', await clockFile(at.dir, 50)]
    const child = await start(request, { kind: 'sh', args })
    expect(await exitOf(child)).toBe(3)
    const items = await decoded(request)
    expect(items.at(-1)).toEqual({ item: 'end', reason: 'full' })
    expect(ticksOf(items).length).toBeGreaterThan(3)
    expect(await statusOf(request)).toBe('full bound reached')
  })
})

describe.runIf(isRoot)('on a file system without room', () => {
  /** A folder on a tmpfs of so many KiB; unmounted at the end. */
  const tiny = async (at: Place, name: string, kib: number): Promise<AsyncDisposable & { dir: string }> => {
    const dir = join(at.dir, name)
    await mkdir(dir)
    const run = (program: string, ...args: string[]): void => void execFileSync(program, args)
    run('mount', '-t', 'tmpfs', '-o', `size=${kib}k`, 'joulemark-test', dir)
    return { dir, [Symbol.asyncDispose]: async () => run('umount', dir) }
  }

  test.each(['perl', 'sh'] as const)(
    '%s: a full tmpfs hands over to the disk, a full disk ends the recording',
    async kind => {
      await using at = await place()
      const tree = await recordedTree(at)
      await using memory = await tiny(at, 'memory', 128)
      await using disk = await tiny(at, 'disk', 256)
      const args = ['--root', tree.root, '--clock', await clockFile(at.dir, 60)]

      const goesOn = await at.request(tree.sources, { ...slow, tmpfsDir: memory.dir })
      expect(await exitOf(await start(goesOn, { kind, args }))).toBe(0)
      const all = await decoded(goesOn)
      expect(ticksOf(all)).toHaveLength(60)
      expect(all.at(-1)).toEqual({ item: 'end', reason: 'stopped' })
      await rm(recorderKit.outputs(goesOn)[0] ?? '')

      const stops = await at.request(tree.sources, { ...slow, tmpfsDir: memory.dir, dir: disk.dir })
      expect(await exitOf(await start(stops, { kind, args }))).toBe(3)
      const items = await decoded(stops)
      expect(ticksOf(items).length).toBeGreaterThan(5)
      expect(ticksOf(items).map(tick => tick.due)).toEqual(ticksOf(items).map((_, i) => (i + 1) * 1e6))
      // There may have been no room for the end, but what is there is whole.
      expect(items.some(item => item.item === 'broken')).toBe(false)
      expect(await statusOf(stops)).toBe('full No space left on device')
    },
  )
})

test.runIf(isRoot)(
  'without privileges, what may not be read is an error of its own and the rest is recorded',
  async () => {
    await using at = await place()
    const secret = join(at.dir, 'secret')
    await writeFile(secret, 'x')
    await chmod(secret, 0)
    const request = await at.request([source('a/secret', secret), source('cpu/stat', '/proc/stat')], {
      rate: hertz(10),
    })
    const copy = join(at.dir, 'recorder.pl')
    await cp(programPath('perl', request), copy)
    execFileSync('chown', ['-R', `${nobody}:${nobody}`, request.dir])
    const child = await start(request, {
      uid: nobody,
      program: ['perl', copy],
      args: ['--clock', await clockFile(at.dir, 3)],
    })
    expect(await exitOf(child)).toBe(0)
    const items = await decoded(request)
    expect(contents(items, 'a/secret')).toEqual(['EACCES', 'EACCES', 'EACCES'])
    expect(contents(items, 'cpu/stat')[2]).toMatch(/^cpu /)
  },
)

test.runIf(existsSync('/usr/lib/x86_64-linux-gnu/perl-base'))('perl-base alone is enough', async () => {
  await using at = await place()
  const request = await at.request([source('cpu/stat', '/proc/stat')])
  const only = 'BEGIN { @INC = ("/usr/lib/x86_64-linux-gnu/perl-base") } my $f = shift; do $f; die $@ || $!'
  const child = await start(request, {
    program: ['perl', '-e', only, programPath('perl', request)],
    args: ['--clock', await clockFile(at.dir, 2)],
  })
  expect(await exitOf(child)).toBe(0)
  expect(ticksOf(await decoded(request))).toHaveLength(2)
})

test('system call numbers are those of the kernel headers', async () => {
  await using at = await place()
  const perl = await readFile(await program(at, 'perl'), 'utf8')
  const numbers = (machine: number): string | undefined =>
    new RegExp(`return \\(([\\d, ]+)\\) if \\$machine == ${machine};`).exec(perl)?.[1]
  const names = [
    'read',
    'write',
    'close',
    'pread64',
    'clock_gettime',
    'openat',
    'timerfd_create',
    'timerfd_settime',
    'sched_setattr',
  ]
  const inHeader = async (file: string): Promise<string | null> => {
    if (!existsSync(file)) return null
    const text = await readFile(file, 'utf8')
    return names
      .map(name => new RegExp(`#define __(?:NR|NR3264)_${name}\\s+(\\d+)`).exec(text)?.[1])
      .join(', ')
  }
  // aarch64 uses the generic table.
  const generic = await inHeader('/usr/include/asm-generic/unistd.h')
  const x86 = await inHeader('/usr/include/x86_64-linux-gnu/asm/unistd_64.h')
  expect([numbers(62), numbers(183)]).toEqual([x86 ?? numbers(62), generic ?? numbers(183)])
})
