import { appendFile, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { attachFile } from '../../../harness/cli/attach-file.ts'
import { derivedFolder, deriveParts, resultOf, writeReport } from '../../../harness/cli/derive-results.ts'
import { verifyFolder } from '../../../harness/cli/verify-folder.ts'
import { Plan } from '../../../harness/model/plan.ts'
import type { RunResult } from '../../../harness/model/result.ts'
import { RunRecord } from '../../../harness/model/run.ts'
import { planDigest } from '../../../harness/plan/digest.ts'
import { checkSeal } from '../../../results/archive/check-seal.ts'
import { openCampaign } from '../../../results/archive/node-archive.ts'
import { deriveRun, judgeRun, writeDerived } from '../../../results/derive/derive.ts'
import { temporaryFolder } from '../../results/archive/temporary-folder.ts'
import { inProcess } from './in-process.ts'

const RECORDED = resolve(import.meta.dirname, '../../fixtures/campaigns/one-host/campaign')
const TAGS = ['bag-info.txt', 'bagit.txt', 'manifest-sha512.txt', 'tagmanifest-sha512.txt']
/** The analyzer's clock is ahead of the controller's by so much, s. */
const AHEAD = 2.5

const ANALYZER = {
  id: 'analyzer',
  kind: 'csv',
  settings: {
    delimiter: ';',
    decimal: ',',
    encoding: 'utf-8',
    header_line: 1,
    time: { columns: ['Zeit'], format: 'DD.MM.YYYY HH:mm:ss.f', zone: 'Europe/Berlin', ambiguous: 'refuse' },
    figures: [{ instance: 'total', power: 'Wert 1-avg[W]' }],
    clock_offset: AHEAD,
    clock_doubt: 0.1,
  },
  seconds: 1,
  behind: [{ target: 'here', host: 'local', instances: null }],
  accuracy: { readingPercent: 0.1, rangePercent: 0.05, rangeWatts: 300 },
  scope: null,
  source: null,
  reads: 'instant',
  take: null,
} as const

/** The recorded campaign as if its plan had named the analyzer. */
async function campaign(
  folder: string,
  o: { readonly seal?: boolean; readonly name?: string; readonly clock?: 'found' } = {},
): Promise<string> {
  const dir = join(folder, o.name ?? 'campaign')
  await cp(RECORDED, dir, { recursive: true })
  for (const tag of TAGS) await rm(join(dir, tag), { force: true })
  const path = join(dir, 'data/plan.json')
  const settings = { ...ANALYZER.settings, ...(o.clock === undefined ? {} : { clock_offset: o.clock }) }
  const found = { ...ANALYZER, settings }
  const plan = Plan.parse({ ...JSON.parse(await readFile(path, 'utf8')), meters: [found] })
  await writeFile(path, JSON.stringify({ ...plan, digest: planDigest(plan) }, null, 2))
  if (o.seal !== false) await (await openCampaign(dir)).seal()
  return dir
}

interface Moment {
  readonly from: number
  readonly to: number
}

/** From before the first phase of a campaign's runs until after the last, µs. */
async function momentOf(dir: string): Promise<Moment> {
  const runs = await readdir(join(dir, 'data/runs'))
  const phases = await Promise.all(
    runs.map(
      async run =>
        RunRecord.parse(JSON.parse(await readFile(join(dir, 'data/runs', run, 'run.json'), 'utf8'))).phases,
    ),
  )
  const all = phases.flat()
  return {
    from: Math.floor(Math.min(...all.map(one => one.start)) / 1e6) * 1e6 - 5e6,
    to: Math.max(...all.map(one => one.end)) + 5e6,
  }
}

/** Power that rises by half a watt a second, so that the mean of a window is the power in its middle. */
const wattsAt = (at: number, from: number): number => 40 + (0.5 * (at - from)) / 1e6

const clock = new Intl.DateTimeFormat('de-DE', {
  timeZone: 'Europe/Berlin',
  dateStyle: 'medium',
  timeStyle: 'medium',
})

function fileOf({ from, to }: Moment, watts = (at: number) => wattsAt(at, from).toFixed(6)): string {
  const lines = [';Zeit;Wert 1-avg[W]']
  for (let at = from; at <= to; at += 1e6) {
    const shown = at / 1000 + AHEAD * 1000
    const millis = String(shown % 1000).padStart(3, '0')
    lines.push(
      `${lines.length};${clock.format(shown).replace(', ', ' ')}.${millis};${watts(at).replace('.', ',')}`,
    )
  }
  return `${lines.join('\r\n')}\r\n`
}

async function attachedIn(
  folder: string,
): Promise<{ readonly dir: string; readonly file: string; readonly span: Moment }> {
  const dir = await campaign(folder)
  const span = await momentOf(dir)
  const file = join(folder, 'WT310.csv')
  await writeFile(file, fileOf(span))
  return { dir, file, span }
}

const codes = (run: RunResult | undefined): readonly string[] => (run?.findings ?? []).map(({ code }) => code)
const ATTACH = { meter: 'analyzer', replace: false }

test('until its file is attached runs have no total and say so; then energy is the known integral', async () => {
  await using folder = await temporaryFolder()
  const { dir, file, span } = await attachedIn(folder.path)
  const before = (await resultOf(dir)).result
  for (const run of before.runs) {
    expect(codes(run)).toContain('METER_UNATTACHED')
    expect(run.total).toMatchObject({ joules: null })
  }
  const { attachment, without } = await attachFile(dir, file, ATTACH)
  expect(attachment.source).toMatchObject({ gaps: 0, longest: 1, first: span.from })
  expect(without).toEqual([])
  const after = (await resultOf(dir)).result
  for (const run of after.runs) {
    expect(codes(run)).not.toContain('METER_UNATTACHED')
    const windows = run.stretches.filter(({ phase }) => phase.name === 'window')
    expect(windows.length).toBeGreaterThan(0)
    for (const window of windows) {
      const energy = window.energy.find(one => one.evidence.source === 'analyzer')
      const { start, end } = window.phase
      const joules = (wattsAt((start + end) / 2, span.from) * (end - start)) / 1e6
      expect(energy?.evidence).toMatchObject({ kind: 'wall-meter', class: 'E3' })
      expect(energy?.joules).toBeCloseTo(joules, 1)
    }
  }
  expect(await verifyFolder(dir)).toMatchObject({ sound: true, seal: { state: 'sealed' } })
})

test('that the file is not there yet makes no run one to be repeated', async () => {
  await using folder = await temporaryFolder()
  const archive = await openCampaign(await campaign(folder.path))
  for (const { id } of await archive.runs()) {
    expect(await judgeRun(archive, id, deriveParts())).toBe('unranked')
    expect((await deriveRun(archive, id, deriveParts())).verdicts.measurement).toBe('invalid')
  }
})

test('data and seal stay as they were; what was derived before is made again', async () => {
  await using folder = await temporaryFolder()
  const { dir, file } = await attachedIn(folder.path)
  const { archive, result } = await resultOf(dir)
  await writeDerived(archive, result)
  await writeReport(join(derivedFolder(dir), 'report'), result, ['md'])
  const tags = await Promise.all(TAGS.map(tag => readFile(join(dir, tag), 'utf8')))
  const { remade } = await attachFile(dir, file, ATTACH)
  expect(remade.length).toBe(2)
  expect(await Promise.all(TAGS.map(tag => readFile(join(dir, tag), 'utf8')))).toEqual(tags)
  expect(await verifyFolder(dir)).toMatchObject({ sound: true, remade: [{ equal: true }, { equal: true }] })
  expect(await readdir(join(dir, 'state'))).toEqual([])
})

test.each([
  ['a reading', async (at: string, run: string) => appendFile(join(at, run), '\n'), 'changed'],
  ['a run', async (at: string, run: string) => rm(join(at, run)), 'removed'],
  ['a file more', async (at: string) => writeFile(join(at, 'x.ndjson'), ''), 'added'],
  [
    'a link',
    async (at: string, run: string) => {
      await rename(join(at, run), join(at, '../../../elsewhere'))
      await symlink('../../../elsewhere', join(at, run))
    },
    'not-a-file',
  ],
  [
    'what is said of it',
    async (at: string) => {
      const path = join(at, 'attachment.json')
      await writeFile(path, (await readFile(path, 'utf8')).replace('"gaps": 0', '"gaps": 1'))
    },
    'malformed',
  ],
] as const)('%s that is tampered with is found', async (_, tamper, problem) => {
  await using folder = await temporaryFolder()
  const { dir, file } = await attachedIn(folder.path)
  const { attachment } = await attachFile(dir, file, ATTACH)
  await tamper(join(dir, 'attached/analyzer'), `${attachment.runs[0]?.run}.ndjson`)
  expect(await checkSeal(dir)).toMatchObject({ state: 'broken', problems: [{ problem }] })
  await expect(verifyFolder(dir)).rejects.toMatchObject({ exit: 'corrupt' })
  await expect(resultOf(dir)).rejects.toMatchObject({ exit: 'corrupt' })
})

test('what was attached to another campaign does not pass', async () => {
  await using folder = await temporaryFolder()
  const { dir, file } = await attachedIn(folder.path)
  await attachFile(dir, file, ATTACH)
  const other = await campaign(folder.path, { name: 'other' })
  await cp(join(dir, 'attached'), join(other, 'attached'), { recursive: true })
  expect(await checkSeal(other)).toMatchObject({
    state: 'broken',
    problems: [{ file: 'attached/analyzer/attachment.json', problem: 'changed' }],
  })
})

test('twice is refused, unless it is to take the place of the first', async () => {
  await using folder = await temporaryFolder()
  const { dir, file, span } = await attachedIn(folder.path)
  const first = await attachFile(dir, file, ATTACH)
  await expect(attachFile(dir, file, ATTACH)).rejects.toMatchObject({
    code: 'already-attached',
    exit: 'usage',
  })
  await writeFile(
    file,
    fileOf(span, () => '50'),
  )
  const second = await attachFile(dir, file, { ...ATTACH, replace: true })
  expect(second.attachment.source.sha512).not.toBe(first.attachment.source.sha512)
  expect(await verifyFolder(dir)).toMatchObject({ sound: true })
})

test('a campaign that has not come to its end gets nothing', async () => {
  await using folder = await temporaryFolder()
  const dir = await campaign(folder.path, { seal: false })
  const file = join(folder.path, 'x.csv')
  await writeFile(file, fileOf(await momentOf(dir)))
  await expect(attachFile(dir, file, ATTACH)).rejects.toMatchObject({ code: 'not-sealed', exit: 'usage' })
  expect(await readdir(dir)).not.toContain('attached')
})

test('what lies in an unsealed campaign as if it had been attached is not read', async () => {
  await using folder = await temporaryFolder()
  const { dir, file } = await attachedIn(folder.path)
  await attachFile(dir, file, ATTACH)
  for (const tag of TAGS) await rm(join(dir, tag))
  const { result } = await resultOf(dir)
  expect(codes(result.runs[0])).toContain('METER_UNATTACHED')
})

test.each([
  [
    'is wrong in a line',
    (good: string) => good.replace(/^(5;[^;]*;).*$/m, '$1abc'),
    /, line 6, column 3: .*"abc"/,
  ],
  [
    'is of another day',
    (good: string) => good.replace(/\.(\d{4}) /g, '.2019 '),
    /it has rows from 2019-.* are zone and clock right\?/,
  ],
  ['has a header alone', (good: string) => good.slice(0, good.indexOf('\n')), /it has no rows/],
] as const)('a file that %s is refused before anything is written', async (_, spoil, message) => {
  await using folder = await temporaryFolder()
  const { dir, file, span } = await attachedIn(folder.path)
  await writeFile(file, spoil(fileOf(span)))
  await expect(attachFile(dir, file, ATTACH)).rejects.toMatchObject({
    exit: 'usage',
    message: expect.stringMatching(message),
  })
  expect(await readdir(dir)).not.toContain('attached')
})

test('what is no figure is counted, and is not 0', async () => {
  await using folder = await temporaryFolder()
  const { dir, file, span } = await attachedIn(folder.path)
  await writeFile(
    file,
    fileOf(span, at =>
      at % 4e6 === 0 ? '------' : at % 4e6 === 2e6 ? '0' : wattsAt(at, span.from).toFixed(3),
    ),
  )
  await attachFile(dir, file, ATTACH)
  const run = (await resultOf(dir)).result.runs[0]
  const flaws = run?.findings.filter(({ code }) => code === 'METER_FLAW').map(({ values }) => values['flaw'])
  expect(flaws?.toSorted()).toEqual(['not a number', 'not positive'])
})

test('a pipe is refused and not waited for; a missing file is named', async () => {
  await using folder = await temporaryFolder()
  const { dir } = await attachedIn(folder.path)
  await mkdir(join(folder.path, 'folder'))
  await expect(attachFile(dir, join(folder.path, 'folder'), ATTACH)).rejects.toMatchObject({
    code: 'file-refused',
  })
  await expect(attachFile(dir, join(folder.path, 'none'), ATTACH)).rejects.toMatchObject({
    message: expect.stringContaining('does not exist'),
  })
})

test('the command says what was attached, and which meters there are', async () => {
  await using folder = await temporaryFolder()
  const { dir, file } = await attachedIn(folder.path)
  expect(await inProcess(['attach', dir, file, '--meter', 'plug'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('analyzer'),
  })
  expect(await inProcess(['attach', dir, file, '--meter', 'analyzer'])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^analyzer: \d+ rows, no gaps; \d+ of them are of 4 runs\n/),
  })
})

test('an offset that is to be found is found where power follows CPU use, and refused where it does not', async () => {
  await using folder = await temporaryFolder()
  const dir = await campaign(folder.path, { clock: 'found' })
  const span = await momentOf(dir)
  const file = join(folder.path, 'WT310.csv')
  await writeFile(
    file,
    fileOf(span, () => '50'),
  )
  await expect(attachFile(dir, file, ATTACH)).rejects.toMatchObject({
    message: expect.stringContaining('does not vary with the CPU use'),
  })
  const { result } = await resultOf(dir)
  const loads = await Promise.all(
    result.runs.map(async run => {
      const record = await (await openCampaign(dir)).run(run.id).record()
      const begun = Math.min(...(record?.phases ?? []).map(({ start }) => start))
      const cpu = run.traces.find(({ name }) => name === 'cpu')
      return (cpu?.t ?? []).map((t, i) => ({ at: begun + t * 1e6, load: cpu?.v[i] ?? 0 }))
    }),
  )
  const known = loads.flat()
  const wattsBefore = (at: number): string => {
    const own = known.filter(one => one.at > at - 1e6 && one.at <= at)
    const mean = own.reduce((sum, { load }) => sum + load, 0) / Math.max(1, own.length)
    return (50 + 100 * mean).toFixed(3)
  }
  await writeFile(file, fileOf(span, wattsBefore))
  const { attachment } = await attachFile(dir, file, ATTACH)
  expect(attachment.clock.by).toBe('found')
  expect(Math.abs(attachment.clock.offset - AHEAD)).toBeLessThanOrEqual(attachment.clock.doubt)
  expect(await verifyFolder(dir)).toMatchObject({ sound: true })
})
