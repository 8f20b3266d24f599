import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toolVersion } from '../../../harness/cli/version.ts'
import { Certificate } from '../../../harness/model/certificate.ts'
import { sha512 } from '../../../results/archive/bagit.ts'
import { createCampaign } from '../../../results/archive/node-archive.ts'
import {
  ANALYZER,
  BMC,
  type LevelRun,
  qualifyPlan,
  qualifyRuns,
  threeLevels,
} from '../../results/support/qualify-campaign.ts'
import { inProcess } from './in-process.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'joulemark-qualify-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A campaign on disk, sealed. */
async function campaign(name: string, runs: readonly LevelRun[]): Promise<string> {
  const dir = join(folder, name)
  const archive = await createCampaign(dir, { plan: qualifyPlan(runs, [BMC, ANALYZER]), campaignText: '' })
  for (const [id, files] of qualifyRuns(runs))
    for (const [path, content] of files) await archive.run(id).write(path, content)
  await archive.seal()
  return dir
}

const METERS = ['--meter', 'bmc', '--against', 'analyzer'] as const

test('a sensor that passes has a certificate, which names the seal and is made again to the byte', async () => {
  const dir = await campaign('good', threeLevels(1.03))
  const out = join(folder, 'bmc.certificate.json')
  const ended = await inProcess(['qualify', dir, ...METERS, '--out', out])
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' })
  expect(ended.stdout).toMatch(/^bmc \(shelly, bmc\) against analyzer \(shelly\) on Example 9000\n/)
  expect(ended.stdout).toMatch(/^ {2}idle +80\.0 W +\+3\.0 % +1\.0 % +4\.0 % +E3 +passed$/m)
  expect(ended.stdout).toMatch(
    /^passed: within 5\.0 % from 80\.0 to 220 W\ncertificate: \S+bmc\.certificate\.json\n$/m,
  )
  const text = await readFile(out, 'utf8')
  const certificate = Certificate.parse(JSON.parse(text))
  expect(certificate.campaign).toEqual({
    id: 'good',
    plan: 'd'.repeat(64),
    seal: sha512(await readFile(join(dir, 'tagmanifest-sha512.txt'))),
  })
  const again = await inProcess(['qualify', dir, ...METERS, '--json'])
  expect(again).toMatchObject({ exitCode: 0, stdout: text })
  expect(await readFile(join(dir, `derived/${toolVersion()}/bmc.certificate.json`), 'utf8')).toBe(text)
})

test('one that fails has a certificate, too, with why, and exits 7', async () => {
  const dir = await campaign('bad', threeLevels(1.045))
  const out = join(folder, 'bad.json')
  const { exitCode, stdout } = await inProcess(['qualify', dir, ...METERS, '--out', out])
  expect(exitCode).toBe(7)
  expect(stdout).toMatch(/^failed\n {2}idle: the sensor is off by \+4\.5 %/m)
  expect(Certificate.parse(JSON.parse(await readFile(out, 'utf8'))).verdict).toBe('failed')
})

test('a campaign that can not tell exits 3 and leaves nothing behind', async () => {
  const dir = await campaign('short', threeLevels(1).slice(0, 2))
  const out = join(folder, 'short.json')
  const { exitCode, stdout, stderr } = await inProcess(['qualify', dir, ...METERS, '--out', out])
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' })
  expect(stderr).toMatch(/can not be held against analyzer:\n {2}- loads: 1 on lab beside idle/)
  await expect(readFile(out)).rejects.toThrow('ENOENT')
})

test('a certificate takes the place of no folder, link or device, and lies in no sealed part of a campaign', async () => {
  const dir = await campaign('places', threeLevels(1))
  const link = join(folder, 'link.json')
  await writeFile(join(folder, 'target.json'), 'untouched')
  await symlink(join(folder, 'target.json'), link)
  for (const out of [folder, link, '/dev/null', '', join(dir, 'data', 'c.json')]) {
    const { exitCode, stdout } = await inProcess(['qualify', dir, ...METERS, '--out', out])
    expect({ out, exitCode, stdout }).toEqual({ out, exitCode: 2, stdout: '' })
  }
  expect(await readFile(link, 'utf8')).toBe('untouched')
})

test('a recording that was changed after sealing is named, and nothing is said of the sensor', async () => {
  const dir = await campaign('changed', threeLevels(1))
  const file = join(dir, 'data/runs/0001-lab-idle-r1-a1/raw/meters/bmc.ndjson')
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"80"', '"81"'))
  const { exitCode, stderr } = await inProcess(['qualify', dir, ...METERS])
  expect(exitCode).toBe(6)
  expect(stderr).toContain('raw/meters/bmc.ndjson')
})

test('both meters must be named', async () => {
  const { exitCode, stderr } = await inProcess(['qualify', folder, '--meter', 'bmc'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/required option '--against <id>' not specified/)
})
