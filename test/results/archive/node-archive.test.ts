import { cp, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LedgerLine, RunRecord } from '../../../harness/model/run.ts'
import type { RunArchive } from '../../../results/archive/archive.ts'
import { createCampaign, openCampaign } from '../../../results/archive/node-archive.ts'
import { nodeFs } from '../../../results/archive/node-fs.ts'
import { plan, RUN } from './plan-fixture.ts'
import { temporaryFolder } from './temporary-folder.ts'

const campaignText = 'schema: joulemark/v1\n'
const made = (seq: number): LedgerLine => ({
  op: 'gone',
  seq,
  at: 1_700_000_000_000_000 + seq,
  result: 'removed',
})
const record: RunRecord = {
  schema: 'joulemark/run/1',
  id: RUN,
  tool: '0.1.0',
  number: 1,
  target: 'here',
  workload: 'idle',
  repetition: 1,
  attempt: 1,
  outcome: 'complete',
  phases: [],
  recordings: [],
  services: [],
  collectors: [],
  tools: [],
  workFiles: [],
  loadExit: null,
  findings: [],
  error: null,
}

async function readAll(run: RunArchive, path: string): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of run.read(path)) parts.push(chunk)
  return Buffer.concat(parts)
}

async function* pieces(content: Uint8Array, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let from = 0
  for (const size of sizes) {
    yield content.subarray(from, from + size)
    from += size
  }
  yield content.subarray(from)
}

test('a created campaign is opened again with its plan and its text', async () => {
  await using folder = await temporaryFolder()
  await createCampaign(join(folder.path, 'c1'), { plan, campaignText })
  const archive = await openCampaign(join(folder.path, 'c1'))
  expect(archive.id).toBe('c1')
  expect(await archive.plan()).toEqual(plan)
  expect(await archive.campaignText()).toBe(campaignText)
  expect(await archive.runs()).toEqual([])
  expect(await archive.ledger()).toEqual([])
  expect(await archive.sealed()).toBe(false)
})

test('a folder that holds something is refused', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'mine'), 'x')
  await expect(createCampaign(folder.path, { plan, campaignText })).rejects.toMatchObject({
    code: 'folder-not-empty',
    exit: 'usage',
  })
  expect(await readFile(join(folder.path, 'mine'), 'utf8')).toBe('x')
})

test('plan.json is written last: a creation that ends before it started nothing', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'c')
  const fs = {
    ...nodeFs,
    rename: (from: string, to: string) =>
      to.endsWith('plan.json') ? Promise.reject(new Error('killed')) : nodeFs.rename(from, to),
  }
  const state = { 'hosts.json': { reached: 'so' } }
  await expect(createCampaign(dir, { plan, campaignText, state, fs })).rejects.toThrow('killed')
  expect(await readFile(join(dir, 'data/campaign.yaml'), 'utf8')).toBe(campaignText)
  expect(JSON.parse(await readFile(join(dir, 'state/hosts.json'), 'utf8'))).toEqual(state['hosts.json'])
  await expect(openCampaign(dir)).rejects.toMatchObject({ code: 'nothing-started', exit: 'usage' })
})

test.each([
  ['a folder without data/', 'not-a-campaign', async (_dir: string) => undefined],
  [
    'a plan of a later schema',
    'schema-unknown',
    (dir: string) => writePlan(dir, JSON.stringify({ ...plan, schema: 'joulemark/plan/2' })),
  ],
  ['a plan that is no JSON', 'archive-corrupt', (dir: string) => writePlan(dir, '{"schema":')],
  [
    'a plan with a wrong type',
    'archive-corrupt',
    (dir: string) => writePlan(dir, JSON.stringify({ ...plan, rate: 'fast' })),
  ],
])('%s is refused when opened', async (_name, code, prepare) => {
  await using folder = await temporaryFolder()
  await prepare(folder.path)
  await expect(openCampaign(folder.path)).rejects.toMatchObject({ code })
})

async function writePlan(dir: string, text: string): Promise<void> {
  await mkdir(join(dir, 'data'), { recursive: true })
  await writeFile(join(dir, 'data/plan.json'), text)
}

test('law: what is written is read, plain or compressed, in any pieces; equal content gives equal files', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  let n = 0
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5000 }),
      fc.array(fc.nat(3000), { maxLength: 4 }),
      fc.integer({ min: 1, max: 60 }),
      async (bytes, sizes, times) => {
        n += 1
        const content = Buffer.concat(Array.from({ length: times }, () => bytes))
        await run.write(`raw/web/${n}.bin`, pieces(content, sizes))
        await run.write(`raw/web/${n}.gz`, pieces(content, sizes), { gzip: true })
        await run.write(`raw/web/${n}-again.gz`, content, { gzip: true })
        expect(Buffer.compare(await readAll(run, `raw/web/${n}.bin`), content)).toBe(0)
        expect(Buffer.compare(await readAll(run, `raw/web/${n}.gz`), content)).toBe(0)
        const stored = await readFile(join(run.dir, `raw/web/${n}.gz`))
        expect(Buffer.compare(stored, await readFile(join(run.dir, `raw/web/${n}-again.gz`)))).toBe(0)
        expect(Buffer.compare(gunzipSync(stored), content)).toBe(0)
        expect([...stored.subarray(4, 8), stored[9]]).toEqual([0, 0, 0, 0, 255])
      },
    ),
    { numRuns: 40, seed: 11 },
  )
})

test('law: no path leads out of the folder', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  const segment = fc.constantFrom(
    '..',
    '.',
    '',
    'a',
    '.hidden',
    'a b',
    'a\\b',
    'a\0b',
    'a\nb',
    'é',
    '~',
    '-x',
    'x'.repeat(201),
    '.a.tmp',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 5 }), async segments => {
      const path = segments.join('/')
      fc.pre(segments.some(s => s !== 'a'))
      await expect(run.write(path, 'x')).rejects.toMatchObject({ code: 'path-unsafe' })
      await expect(readAll(run, path)).rejects.toMatchObject({ code: 'path-unsafe' })
      await expect(run.exists(path)).rejects.toMatchObject({ code: 'path-unsafe' })
    }),
    { numRuns: 200, seed: 12 },
  )
})

test.each(['..', '../x', '/etc', 'a/b', '', '.x'])('a run can not be called %j', async id => {
  await using folder = await temporaryFolder()
  const archive = await createCampaign(join(folder.path, 'c'), { plan, campaignText })
  expect(() => archive.run(id)).toThrow(expect.objectContaining({ code: 'path-unsafe' }))
})

test('links that lead out of the folder are followed neither for reading nor for writing', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  const outside = join(folder.path, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), 's')
  await mkdir(join(run.dir, 'raw'), { recursive: true })
  await symlink(outside, join(run.dir, 'raw/web'))
  await symlink(join(outside, 'secret'), join(run.dir, 'work'))
  await expect(run.write('raw/web/x', 'x')).rejects.toMatchObject({ code: 'path-unsafe' })
  await expect(readAll(run, 'raw/web/secret')).rejects.toMatchObject({ code: 'path-unsafe' })
  await expect(readAll(run, 'work')).rejects.toMatchObject({ code: 'path-unsafe' })
  expect(await run.files()).toEqual([])

  const archive = await openCampaign(join(folder.path, 'c'))
  await symlink(outside, join(archive.dir, 'data/runs/0002-x'))
  expect((await archive.runs()).map(({ id }) => id)).toEqual([RUN])
  await expect(readAll(archive.run('0002-x'), 'secret')).rejects.toMatchObject({ code: 'path-unsafe' })
  await expect(archive.run('0002-x').files()).rejects.toMatchObject({ code: 'path-unsafe' })
})

test('nothing is overwritten, one writer at a time', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  const outcomes = await Promise.allSettled([run.write('run.json', 'first'), run.write('run.json', 'second')])
  expect(outcomes.map(o => o.status).sort()).toEqual(['fulfilled', 'rejected'])
  const before = await readFile(join(run.dir, 'run.json'), 'utf8')
  await expect(run.write('run.json', 'third')).rejects.toMatchObject({ code: 'file-exists' })
  expect(await readFile(join(run.dir, 'run.json'), 'utf8')).toBe(before)
})

test('a source that fails leaves no file, and what a crash left under a temporary name is not listed and does not hinder', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  async function* failing(): AsyncIterable<Uint8Array> {
    yield Buffer.from('half')
    throw new Error('host went away')
  }
  await expect(run.write('raw/web/a.gz', failing(), { gzip: true })).rejects.toThrow('host went away')
  await expect(run.write('raw/web/a', failing())).rejects.toThrow('host went away')
  await writeFile(join(run.dir, 'raw/web/.b.tmp'), 'torn')
  expect(await run.files()).toEqual([])
  await run.write('raw/web/b', 'whole')
  expect(await run.files()).toEqual(['raw/web/b'])
})

test('a torn or foreign compressed file is an error that names it, a missing one too', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  await run.write('work/torn.gz', gzipSync('x'.repeat(1000)).subarray(0, 15))
  await run.write('work/foreign.gz', 'no gzip at all')
  for (const path of ['work/torn.gz', 'work/foreign.gz']) {
    await expect(readAll(run, path)).rejects.toMatchObject({
      code: 'archive-corrupt',
      place: { file: join(run.dir, path) },
    })
  }
  await expect(readAll(run, 'work/none')).rejects.toMatchObject({ code: 'file-missing' })
})

test('members that were put one after the other are read as one', async () => {
  await using folder = await temporaryFolder()
  const run = (await createCampaign(join(folder.path, 'c'), { plan, campaignText })).run(RUN)
  await run.write('raw/web/r.gz', Buffer.concat([gzipSync('one '), gzipSync('two')]))
  expect((await readAll(run, 'raw/web/r.gz')).toString()).toBe('one two')
})

test('run.json is checked: absent is null, a foreign id and a wrong type are corrupt', async () => {
  await using folder = await temporaryFolder()
  const archive = await createCampaign(join(folder.path, 'c'), { plan, campaignText })
  const run = archive.run(RUN)
  expect(await run.record()).toBeNull()
  await run.write('run.json', JSON.stringify(record))
  expect(await run.record()).toEqual(record)
  expect((await archive.runs()).map(r => r.id)).toEqual([RUN])
  await archive.run('0002-x').write('run.json', JSON.stringify(record))
  await expect(archive.run('0002-x').record()).rejects.toMatchObject({
    code: 'archive-corrupt',
    exit: 'corrupt',
  })
  await archive.run('0003-x').write('run.json', JSON.stringify({ ...record, id: '0003-x', number: 'one' }))
  await expect(archive.run('0003-x').record()).rejects.toThrow(/number/)
})

test('the ledger keeps its order under many writers; a torn last line is left out, then written over; a torn middle is corrupt', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'c')
  const archive = await createCampaign(dir, { plan, campaignText })
  const lines = [1, 2, 3, 4, 5].map(made)
  await Promise.all(lines.map(line => archive.appendLedger(line)))
  expect(await archive.ledger()).toEqual(lines)

  const path = join(dir, 'data/ledger.jsonl')
  await writeFile(path, `${await readFile(path, 'utf8')}{"at":17,"op":"go`)
  const again = await openCampaign(dir)
  expect(await again.ledger()).toEqual(lines)
  await again.appendLedger(made(6))
  expect(await again.ledger()).toEqual([...lines, made(6)])

  await writeFile(path, (await readFile(path, 'utf8')).replace('"seq":3}', '"se'))
  await expect(again.ledger()).rejects.toMatchObject({
    code: 'archive-corrupt',
    message: expect.stringContaining('ledger.jsonl:3'),
  })
})

test('an append that fails half-way does not spoil the next one', async () => {
  await using folder = await temporaryFolder()
  let full = false
  const fs = {
    ...nodeFs,
    append: async (path: string, text: string) => {
      if (!full) return nodeFs.append(path, text)
      await nodeFs.append(path, text.slice(0, 9))
      throw new Error('ENOSPC')
    },
  }
  const archive = await createCampaign(join(folder.path, 'c'), { plan, campaignText, fs })
  await archive.appendLedger(made(1))
  full = true
  await expect(archive.appendLedger(made(2))).rejects.toThrow('ENOSPC')
  full = false
  await archive.appendLedger(made(3))
  expect(await archive.ledger()).toEqual([made(1), made(3)])
})

test('state is private, replaced whole, and absent is null', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'c')
  const archive = await createCampaign(dir, { plan, campaignText })
  expect(await archive.readState('hosts.json')).toBeNull()
  await archive.writeState('hosts.json', { a: 1 })
  await archive.writeState('hosts.json', { b: [null, 'x'] })
  expect(await archive.readState('hosts.json')).toEqual({ b: [null, 'x'] })
  expect((await stat(join(dir, 'state/hosts.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(dir, 'state'))).mode & 0o777).toBe(0o700)
  await expect(archive.writeState('../data/plan.json', {})).rejects.toMatchObject({ code: 'path-unsafe' })
})

test('a campaign keeps its id when its folder is copied under another name', async () => {
  await using folder = await temporaryFolder()
  const dir = join(folder.path, 'probe-1')
  await createCampaign(dir, { plan, campaignText })
  const moved = join(folder.path, 'moved')
  await cp(dir, moved, { recursive: true })
  expect((await openCampaign(moved)).id).toBe('probe-1')
})
