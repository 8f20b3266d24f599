import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bytes, hertz, micros } from '../../../harness/model/units.ts'
import {
  clockFile,
  contents,
  decoded,
  exitOf,
  place,
  programPath,
  source,
  start,
  statusOf,
  ticksOf,
  untilTicks,
} from './run-recorder.ts'

const LIVE = [
  source('footprint/schedstat', '/proc/self/schedstat'),
  source('cpu/stat', '/proc/stat'),
  source('memory/meminfo', '/proc/meminfo'),
  source('footprint/stat', '/proc/self/stat', { reopen: true }),
]

test('records the live kernel: stamps on the grid and in order, contents whole, own numbers, an end when told to stop', async () => {
  await using at = await place()
  const request = await at.request(LIVE)
  const child = await start(request)
  await untilTicks(request, 12)
  expect(await statusOf(request)).toBe(`running ${child.pid}`)
  child.kill('SIGTERM')
  expect(await exitOf(child)).toBe(0)

  const items = await decoded(request)
  expect(items[0]).toMatchObject({
    item: 'header',
    recorder: 'perl',
    rate: 10,
    monoResolution: 1,
    wallResolution: 1,
  })
  expect(items.at(-1)).toEqual({ item: 'end', reason: 'stopped' })
  expect(await statusOf(request)).toBe('stopped')
  for (const tick of ticksOf(items)) {
    expect(tick.due % 100_000).toBe(0)
    expect(tick.mono).toBeGreaterThanOrEqual(tick.due)
    expect(tick.end).toBeGreaterThanOrEqual(tick.mono)
    expect(Math.abs(tick.wall / 1000 - Date.now())).toBeLessThan(60_000)
  }
  for (const text of contents(items, 'cpu/stat')) expect(text).toMatch(/^cpu {2}\d+ [^]*\nsoftirq [\d ]+\n$/)
  for (const text of contents(items, 'memory/meminfo')) expect(text).toMatch(/^MemTotal: [^]*\n$/)
  for (const text of contents(items, 'footprint/stat'))
    expect(text).toMatch(new RegExp(`^${child.pid} \\(perl\\) `))
  const own = contents(items, 'footprint/schedstat').map(text => Number(text.split(' ')[0]))
  expect(own.at(-1)).toBeGreaterThan(own[0] ?? Number.NaN)
})

test('two recordings whose offsets differ never tick together', async () => {
  await using at = await place()
  const request = { ...(await at.request(LIVE)), offset: micros(50_000) }
  const child = await start(request)
  await untilTicks(request, 5)
  child.kill('SIGTERM')
  expect(await exitOf(child)).toBe(0)
  const ticks = ticksOf(await decoded(request))
  for (const tick of ticks) expect(tick.due % 100_000).toBe(50_000)
  const dues = ticks.map(tick => tick.due)
  expect(dues).toEqual([...new Set(dues)].sort((a, b) => a - b))
})

test('a killed recorder leaves whole ticks and no end', async () => {
  await using at = await place()
  const request = await at.request(LIVE)
  const child = await start(request)
  await untilTicks(request, 3)
  child.kill('SIGKILL')
  expect(await exitOf(child)).toBe('SIGKILL')
  const kinds = new Set((await decoded(request)).map(item => item.item))
  expect([...kinds]).toEqual(['header', 'tick'])
})

test('an interrupt ends it as well', async () => {
  await using at = await place()
  const request = await at.request(LIVE)
  const child = await start(request)
  await untilTicks(request, 1)
  child.kill('SIGINT')
  expect(await exitOf(child)).toBe(0)
})

test('goes on in the second buffer when the first is full, between two ticks', async () => {
  await using at = await place()
  const request = await at.request(LIVE, { tmpfsBytes: bytes(50_000) })
  const child = await start(request, { args: ['--clock', await clockFile(at.dir, 60)] })
  expect(await exitOf(child)).toBe(0)
  const items = await decoded(request)
  expect(ticksOf(items)).toHaveLength(60)
  expect((await stat(join(request.dir, 'recording'))).size).toBeGreaterThan(50_000)
  expect(items.at(-1)).toEqual({ item: 'end', reason: 'stopped' })
})

test('stops when all is full, says so, and never writes over what it has', async () => {
  await using at = await place()
  const request = await at.request(LIVE, { tmpfsBytes: bytes(20_000), diskBytes: bytes(20_000) })
  const child = await start(request, { args: ['--clock', await clockFile(at.dir, 1000)] })
  expect(await exitOf(child)).toBe(3)
  const items = await decoded(request)
  expect(items.at(-1)).toEqual({ item: 'end', reason: 'full' })
  expect(ticksOf(items).map(tick => tick.due)).toEqual(ticksOf(items).map((_, i) => (i + 1) * 1e6))
  expect(ticksOf(items).length).toBeGreaterThan(5)
  expect(await statusOf(request)).toBe('full bound reached')
})

test('does not write into a recording that is there already', async () => {
  await using at = await place()
  const request = await at.request(LIVE)
  await writeFile(join(request.tmpfsDir ?? '', 'recording-1.recording'), 'precious')
  expect(await exitOf(await start(request))).toBe(1)
  expect(await statusOf(request)).toMatch(/^failed .*File exists$/)
})

test('a file that vanishes is an error until it is back, opened anew or not; an empty one is empty', async () => {
  await using at = await place()
  const [file, away] = [join(at.dir, 'gauge'), join(at.dir, 'away')]
  await writeFile(file, 'here\n')
  await writeFile(join(at.dir, 'empty'), '')
  const request = await at.request([
    source('a/reopen', file, { reopen: true }),
    source('a/late', join(at.dir, 'late')),
    source('a/empty', join(at.dir, 'empty')),
    source('a/folder', at.dir),
  ])
  const child = await start(request)
  await untilTicks(request, 2)
  await rename(file, away)
  await writeFile(join(at.dir, 'late'), 'now\n')
  await untilTicks(request, ticksOf(await decoded(request)).length + 3)
  await rename(away, file)
  await untilTicks(request, ticksOf(await decoded(request)).length + 3)
  child.kill('SIGTERM')
  await exitOf(child)
  const items = await decoded(request)
  const changes = (id: string): string[] => contents(items, id).filter((text, i, all) => text !== all[i - 1])
  expect(changes('a/reopen')).toEqual(['here\n', 'ENOENT', 'here\n'])
  expect(changes('a/late')).toEqual(['ENOENT', 'now\n'])
  expect(changes('a/empty')).toEqual([''])
  expect(changes('a/folder')).toEqual(['EISDIR'])
})

test('reads as many bytes as allowed, of files larger than a page too', async () => {
  await using at = await place()
  const big = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256)).toString('latin1')
  await writeFile(join(at.dir, 'big'), big, 'latin1')
  const request = await at.request([
    source('a/whole', join(at.dir, 'big'), { maxBytes: bytes(200_000) }),
    source('a/cut', join(at.dir, 'big'), { maxBytes: bytes(5000) }),
    source('a/vmstat', '/proc/vmstat', { reopen: true }),
  ])
  const child = await start(request, { args: ['--clock', await clockFile(at.dir, 2)] })
  expect(await exitOf(child)).toBe(0)
  const items = await decoded(request)
  expect(contents(items, 'a/whole')).toEqual([big, big])
  expect(contents(items, 'a/cut')).toEqual([big.slice(0, 5000), big.slice(0, 5000)])
  for (const text of contents(items, 'a/vmstat'))
    expect(text).toMatch(/^nr_free_pages \d+\n[^]*\n[a-z0-9_]+ \d+\n$/)
})

test.each([16, 128, 700])(
  'a recording whose readings are bounded by %d bytes in all is whole',
  async bound => {
    await using at = await place()
    const request = await at.request([source('a/load', '/proc/loadavg', { maxBytes: bytes(bound) })])
    const child = await start(request, { args: ['--clock', await clockFile(at.dir, 3)] })
    expect(await exitOf(child)).toBe(0)
    const seen = contents(await decoded(request), 'a/load')
    expect(seen).toHaveLength(3)
    for (const text of seen) expect(text).toMatch(/^\d+\.\d\d \d/)
  },
)

test('the shell recorder takes no word of a stat file for a pattern', async () => {
  await using at = await place()
  const request = await at.request([source('own', '/proc/self/schedstat')], { rate: hertz(1) })
  const stat = join(at.dir, 'stat')
  await writeFile(stat, `5 (sh) ${at.dir}/* 1 5 5 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 1\n`)
  const program = join(at.dir, 'recorder.sh')
  const text = await readFile(programPath('sh', request), 'utf8')
  await writeFile(program, text.replace('</proc/$$/stat', `<${stat}`))
  const clock = ['--clock', await clockFile(at.dir, 1)]
  const child = await start(request, { kind: 'sh', program: ['/bin/sh', program], args: clock })
  expect(await exitOf(child)).toBe(0)
  expect(contents(await decoded(request), 'own')[0]).toMatch(/^100000000 \d+ \d+\n$/)
})
