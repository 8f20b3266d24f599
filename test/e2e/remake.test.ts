// What is derived can be made again anywhere, byte for byte; what was recorded can't be changed unnoticed.
import { appendFile, chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Folder, joulemark, onlyCampaign, root, scratch } from './support/command.ts'
import { hashes } from './support/tree.ts'

const FORMATS = 'html,md,csv,json,png'
const CAMPAIGN = `schema: joulemark/v1
name: remake
title: Made again
protocol: { profile: quick, baseline: 2, idle: 1, warm_up: 1, window: 3, cool_down: 1, repetitions: 2 }
collectors: { rate: 2 }
deploy: { install: never }
targets: [{ id: here, kind: local }]
workloads: [{ id: idle }, { id: cpu-compress, params: { corpus_mib: 1, threads: 1 } }]
`

let folder: Folder
let dir: string
/** What lies in the checkout, and its campaigns: somebody may have measured there. */
const inCheckout = async (): Promise<string[]> => [
  ...(await readdir(root)),
  ...(await readdir(path.join(root, 'campaigns')).catch(() => [])),
]
let before: string[]

beforeAll(async () => {
  before = await inCheckout()
  folder = await scratch('remake')
  await chmod(folder.path, 0o755)
  await writeFile(path.join(folder.path, 'c.yaml'), CAMPAIGN)
  const out = path.join(folder.path, 'out')
  const done = await joulemark(['run', path.join(folder.path, 'c.yaml'), '--out', out])
  expect(done.code, done.stdout + done.stderr).toBe(0)
  dir = await onlyCampaign(out)
  expect((await joulemark(['report', dir, '--format', FORMATS])).code).toBe(0)
})

afterAll(async () => {
  await folder?.[Symbol.asyncDispose]()
})

async function copy(name: string): Promise<string> {
  const to = path.join(folder.path, name, path.basename(dir))
  await cp(dir, to, { recursive: true })
  return to
}

test('derived again as another user, elsewhere, in another zone and language, without any system font: equal bytes', async () => {
  const again = await copy('elsewhere')
  await rm(path.join(again, 'derived'), { recursive: true })
  await rm(path.join(again, 'state'), { recursive: true })
  const home = path.join(folder.path, 'home')
  await mkdir(home)
  for (const entry of [
    home,
    ...(await readdir(path.join(folder.path, 'elsewhere'), { recursive: true })).map(e =>
      path.join(folder.path, 'elsewhere', e),
    ),
    path.join(folder.path, 'elsewhere'),
  ])
    await chmod(entry, 0o777)
  const noFonts = path.join(folder.path, 'fonts.conf')
  await writeFile(
    noFonts,
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>\n',
  )
  // A mount namespace in which the folders of the system's fonts are empty, and a user who is nobody here.
  const script = `for d in /usr/share/fonts /usr/local/share/fonts; do [ ! -d "$d" ] || mount -t tmpfs none "$d"; done; exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"`
  const elsewhere = {
    cwd: home,
    env: {
      TZ: 'Pacific/Auckland',
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'tr_TR.UTF-8',
      HOME: home,
      FONTCONFIG_FILE: noFonts,
      TMPDIR: home,
    },
    wrap: (argv: readonly string[]): readonly [string, ...string[]] => [
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      script,
      'sh',
      ...argv,
    ],
  }
  // The language is in force: a comma before the decimals.
  const { stdout } = await execa(process.execPath, ['-p', '(1.5).toLocaleString()'], { env: elsewhere.env })
  expect(stdout).toBe('1,5')
  for (const args of [
    ['analyse', again],
    ['report', again, '--format', FORMATS],
  ]) {
    const done = await joulemark(args, elsewhere)
    expect(done.code, done.stdout + done.stderr).toBe(0)
  }
  const made = await hashes(path.join(again, 'derived'))
  expect(made).toEqual(await hashes(path.join(dir, 'derived')))
  const kinds = new Set(Object.keys(made).map(f => path.extname(f)))
  expect([...kinds].sort()).toEqual(['.csv', '.html', '.json', '.md', '.png'])
})

const RAW = 'raw/local/recording-2.gz'

const tampers: Readonly<Record<string, (campaign: string, runs: readonly string[]) => Promise<string>>> = {
  'a flipped bit': async (campaign, runs) => {
    const file = path.join('data/runs', runs[0] ?? '', RAW)
    const bytes = await readFile(path.join(campaign, file))
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1
    await writeFile(path.join(campaign, file), bytes)
    return file
  },
  'a removed file': async (campaign, runs) => {
    const file = path.join('data/runs', runs[0] ?? '', RAW)
    await rm(path.join(campaign, file))
    return file
  },
  'an added file': async campaign => {
    await appendFile(path.join(campaign, 'data/runs/extra.json'), '{}\n')
    return 'data/runs/extra.json'
  },
  'two files swapped': async (campaign, runs) => {
    const [a, b] = runs.slice(0, 2).map(r => path.join(campaign, 'data/runs', r, RAW))
    await rename(a ?? '', `${campaign}/swap`)
    await rename(b ?? '', a ?? '')
    await rename(`${campaign}/swap`, b ?? '')
    return path.join('data/runs', runs[0] ?? '', RAW)
  },
}

test.each(Object.keys(tampers))(
  '%s below data/ is named by analyse, report, compare and verify',
  async name => {
    const changed = await copy(name.replaceAll(' ', '-'))
    const runs = (await readdir(path.join(changed, 'data/runs'))).sort()
    const file = await tampers[name]?.(changed, runs)
    for (const args of [
      ['analyse', changed],
      ['report', changed],
      ['compare', changed, dir],
      ['verify', changed],
    ]) {
      const done = await joulemark(args)
      expect(done.code, args.join(' ')).toBe(6)
      expect(done.stdout + done.stderr, args.join(' ')).toContain(file)
    }
  },
)

test('the checkout itself is not written to', async () => {
  expect(await inCheckout()).toEqual(before)
})
