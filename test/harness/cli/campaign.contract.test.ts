import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CampaignEvent } from '../../../harness/model/event.ts'
import { Result } from '../../../harness/model/result.ts'
import { joulemark, lockDir } from './joulemark.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const FILE = (window: number, workloads: string): string => `schema: joulemark/v1
name: tiny
protocol: { profile: quick, baseline: 1, idle: 1, warm_up: 1, window: ${window}, cool_down: 1 }
targets: [{ id: here, kind: local }]
workloads: ${workloads}
`
const ONE = '[{ id: idle }]'
const TWO = '[{ id: idle }, { id: idle, label: again }]'

let folder = ''
let campaign = ''

const events = (stdout: string): readonly CampaignEvent[] =>
  stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as CampaignEvent)

const start = (file: string, out: string) =>
  execa(join(root, 'scripts/joulemark'), ['run', file, '--out', out, '--json'], {
    cwd: folder,
    env: { JOULEMARK_LOCK_DIR: lockDir },
    reject: false,
    stdin: 'ignore',
    timeout: 90_000,
    killSignal: 'SIGKILL',
  })

/** A stopped process does not answer TERM: tear-down waits for its seconds of grace, on the fastest machine too. */
async function freezeRecorder(out: string): Promise<void> {
  const [id = ''] = await readdir(join(folder, out))
  const lines = (await readFile(join(folder, out, id, 'data/ledger.jsonl'), 'utf8')).trim().split('\n')
  const recorders = lines
    .map(line => JSON.parse(line) as { remover?: string; args?: { dir: string; name: string } })
    .filter(line => line.remover === 'detached')
  const last = recorders.at(-1)?.args
  const pid = await readFile(join(last?.dir ?? '', `${last?.name}.pid`), 'utf8')
  process.kill(Number(pid.split(' ')[0]), 'SIGSTOP')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-campaign-'))
  await writeFile(join(folder, 'tiny.yaml'), FILE(3, ONE))
})
afterAll(async () => {
  for (const made of [folder, lockDir]) await rm(made, { recursive: true, force: true })
})

test('run measures, archives, seals, reports, and ends in a summary', async () => {
  const { exitCode, stdout, stderr } = await joulemark(['run', 'tiny.yaml', '--out', 'out'], { cwd: folder })
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' })
  const [id = ''] = await readdir(join(folder, 'out'))
  expect(id).toMatch(/^tiny-\d{8}T\d{4}Z-[0-9a-f]{4}$/)
  campaign = join(folder, 'out', id)
  expect(stdout).toMatch(/^1 run: 1 valid but unranked · clean-up: (\d+) made, \1 gone\n/)
  expect(stdout).toMatch(/^ {2}here {4}idle {2,}.*host-hour.*observation.*unranked$/m)
  expect(stdout).toContain(
    `report  out/${id}/derived/0.1.0/report/index.html\nverify  joulemark verify out/${id}`,
  )
  expect(stderr).toMatch(/^\d\d:\d\d:\d\dZ {2}run 1 of 1 {2}here idle r1 {2}\(about .* left\)$/m)
  expect(stderr).toMatch(/^\d\d:\d\d:\d\dZ {4}window {2}3 s$/m)
  const text = await readFile(join(campaign, 'data/campaign.yaml'), 'utf8')
  expect(text).toContain('window: 3')
  const log = await readFile(join(campaign, 'state/log.ndjson'), 'utf8')
  expect(log.split('\n').filter(line => line.includes('"run-end"'))).toHaveLength(1)
}, 120_000)

test('what was derived can be made again elsewhere, byte by byte', async () => {
  const verified = await joulemark(['verify', campaign])
  expect(verified).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^sealed: .*every hash holds\n(.*\n)*sound$/),
  })
  const here = await joulemark(
    ['report', campaign, '--format', 'json,csv,md,html,png', '--out', join(folder, 'a')],
    { env: { TZ: 'UTC', LANG: 'C' } },
  )
  const there = await joulemark(
    ['report', campaign, '--format', 'json,csv,md,html,png', '--out', join(folder, 'b')],
    { env: { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' } },
  )
  expect([here.exitCode, there.exitCode]).toEqual([0, 0])
  const files = (await readdir(join(folder, 'a'), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(folder, 'a').length + 1))
  expect(files).toEqual(expect.arrayContaining(['index.html', 'report.md', 'result.json', 'results.csv']))
  for (const file of files)
    expect((await readFile(join(folder, 'a', file))).equals(await readFile(join(folder, 'b', file)))).toBe(
      true,
    )
  Result.parse(JSON.parse(await readFile(join(folder, 'a', 'result.json'), 'utf8')))
}, 120_000)

test('two runs of one campaign file compare as observations, another parameter of the protocol is refused', async () => {
  const again = await joulemark(['run', 'tiny.yaml', '--out', 'again'], { cwd: folder })
  expect(again.exitCode).toBe(0)
  const [second = ''] = await readdir(join(folder, 'again'))
  const same = await joulemark(['compare', campaign, join(folder, 'again', second)])
  expect(same).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('observation') })
  const twice = await joulemark(['compare', campaign, campaign])
  expect(twice).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('same folder twice') })
  await writeFile(join(folder, 'other.yaml'), FILE(2, ONE))
  const run = await joulemark(['run', 'other.yaml', '--out', 'other'], { cwd: folder })
  expect(run.exitCode).toBe(0)
  const [id = ''] = await readdir(join(folder, 'other'))
  const refused = await joulemark(['compare', campaign, join(folder, 'other', id)])
  expect(refused.exitCode).toBe(3)
  expect(refused.stdout).toMatch(/window.*: 3 \/ 2$/m)
}, 300_000)

test('Ctrl-C tears down, says what is saved and exits 130; --resume measures what is missing and nothing twice', async () => {
  await writeFile(join(folder, 'long.yaml'), FILE(4, TWO))
  const running = start('long.yaml', 'stopped')
  const seen: CampaignEvent[] = []
  for await (const line of running) {
    const event = JSON.parse(line) as CampaignEvent
    seen.push(event)
    const inSecondWindow =
      event.type === 'phase' && event.phase === 'window' && seen.some(other => other.type === 'run-end')
    if (inSecondWindow) running.kill('SIGINT')
  }
  const { exitCode } = await running
  expect(exitCode).toBe(130)
  expect(seen.at(-1)).toMatchObject({ type: 'campaign-end' })
  expect(seen.filter(event => event.type === 'run-end').map(event => event.outcome)).toEqual([
    'complete',
    'aborted',
  ])
  const [id = ''] = await readdir(join(folder, 'stopped'))
  const dir = join(folder, 'stopped', id)
  const first = seen.find(event => event.type === 'run-end')?.run ?? ''
  const before = await readFile(join(dir, 'data/runs', first, 'run.json'))

  const resumed = await joulemark(['run', '--resume', dir, '--json'])
  expect(resumed.exitCode).toBe(0)
  expect(
    events(resumed.stdout)
      .filter(event => event.type === 'run-start')
      .map(event => event.attempt),
  ).toEqual([2])
  expect(await readFile(join(dir, 'data/runs', first, 'run.json'))).toEqual(before)
  expect((await joulemark(['verify', dir])).exitCode).toBe(0)
}, 180_000)

test('a second Ctrl-C stops at once and says how to go on; reap removes what was left', async () => {
  await writeFile(join(folder, 'hard.yaml'), FILE(60, ONE))
  const running = start('hard.yaml', 'hard')
  let asked = 0
  for await (const line of running) {
    const event = JSON.parse(line) as CampaignEvent
    // the second only when the first was seen: two of a kind that are pending at once are one
    if (asked === 0 && event.type === 'phase' && event.phase === 'window') {
      asked = 1
      await freezeRecorder('hard')
    } else if (asked === 1) asked = 2
    else continue
    // One press is not two, however often it comes.
    if (asked === 2) await wait(400)
    running.kill('SIGINT')
  }
  const { exitCode, stderr } = await running
  expect(asked).toBe(2)
  const [id = ''] = await readdir(join(folder, 'hard'))
  expect(exitCode).toBe(130)
  expect(stderr).toMatch(/was stopped at once[^]*joulemark run --resume/)
  const found = await joulemark(['reap', join(folder, 'hard', id), '--dry-run'])
  expect(found).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\d+ still there$/) })
  const reaped = await joulemark(['reap', join(folder, 'hard', id)])
  expect(reaped).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/all gone$/) })
}, 120_000)

test('a flipped byte under data/ is named by analyse, report, verify and compare, and nothing is derived', async () => {
  const [id = ''] = await readdir(join(folder, 'other'))
  const other = join(folder, 'other', id)
  const file = join(campaign, 'data/plan.json')
  const bytes = await readFile(file)
  bytes[bytes.length - 10] = (bytes[bytes.length - 10] ?? 0) ^ 1
  await writeFile(file, bytes)
  for (const command of [
    ['analyse', campaign],
    ['report', campaign],
    ['verify', campaign],
    ['compare', campaign, other],
    ['compare', other, campaign],
  ]) {
    const { exitCode, stderr, stdout } = await joulemark(command)
    expect({ command: command[0], exitCode, stdout }).toEqual({
      command: command[0],
      exitCode: 6,
      stdout: '',
    })
    expect(stderr).toContain('data/plan.json')
  }
}, 60_000)
