// The package as its users get it: packed from a clean copy, installed where there is no compiler, and used without the checkout.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createCanvas, loadImage } from '@napi-rs/canvas'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyCheckout } from './support/checkout-copy.ts'
import { type Folder, type Outcome, onlyCampaign, root, scratch } from './support/command.ts'
import { type NodeRelease, toolFolder } from './support/node-release.ts'
import { plainEnvironment } from './support/plain-environment.ts'

const CAMPAIGN = `schema: joulemark/v1
name: packed
protocol: { profile: quick, baseline: 1, idle: 1, warm_up: 1, window: 3, cool_down: 1, retries: 2 }
deploy: { install: never }
targets: [{ id: here, kind: local }]
workloads: [{ id: idle }, { id: cpu-compress, params: { threads: 1, corpus_mib: 4 } }]
`

const TSC = path.join(root, 'node_modules/typescript/bin/tsc')
const TSC_OPTIONS = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023']

/** Somebody's program that reads a result and a plan; `type` of the last line is right or wrong. */
const reader = (type: string): string => `declare function read(file: string): unknown
import { Plan } from 'joulemark/plan'
import { Result } from 'joulemark/result'
const result = Result.parse(read('result.json'))
const runs: readonly { readonly workload: string }[] = Plan.parse({}).runs
export const mean: readonly ${type}[] = result.groups.map(group => group.energyPerUnit.n)
export const count = runs.length
`

/** The release we promise to run on, and the one we run on; each with the npm it was published with. */
const RELEASES: readonly NodeRelease[] = [
  { node: '22.18.0', npm: '10.9.3' },
  { node: '24.9.0', npm: '11.6.0' },
]

const OFFLINE = '/sbin/ip link set lo up && exec "$0" "$@"'

/** What is not compiled, and must be in the package all the same: what runs on hosts, fonts, k6's script, what npm would not find elsewhere. */
const ASSETS = [
  'dist/collectors/recorder/recorder.pl',
  'dist/collectors/recorder/recorder.sh',
  'dist/harness/targets/facts.sh',
  'dist/harness/targets/quiet.sh',
  'dist/harness/transport/detach.sh',
  'dist/results/report/font/noto-sans-bold.ttf',
  'dist/results/report/font/noto-sans-regular.ttf',
  'dist/results/report/html/page.css',
  'dist/results/report/html/page.js',
  'dist/workloads/cpu-compress/compress-loop.sh',
  'dist/workloads/web-static/k6-load.ts',
  'docs/campaign.schema.json',
  'node_modules/canvas/package.json',
  'node_modules/chartjs-node-canvas/package.json',
]

let folder: Folder
let tarball = ''
let packedFiles: readonly string[] = []

beforeAll(async () => {
  folder = await scratch('package')
  const copy = path.join(folder.path, 'copy')
  await mkdir(copy)
  await copyCheckout(copy, 'copy')
  const packed = await execa('npm', ['pack', '--json', '--pack-destination', folder.path], {
    cwd: copy,
    env: plainEnvironment(),
    extendEnv: false,
  })
  const [{ filename, files }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n'))) as [
    { filename: string; files: readonly { readonly path: string }[] },
  ]
  packedFiles = files.map(file => file.path)
  tarball = path.join(folder.path, filename)
})
afterAll(() => folder[Symbol.asyncDispose]())

/** An empty folder with the package installed, and a way to call programs in it that finds Node, npm and coreutils alone. */
async function install(release: NodeRelease) {
  const place = path.join(folder.path, release.node)
  const bin = path.join(place, 'bin')
  const cwd = path.join(place, 'empty')
  await mkdir(cwd, { recursive: true })
  await toolFolder(bin, release)
  const env = plainEnvironment({ PATH: bin, NO_COLOR: '1', JOULEMARK_LOCK_DIR: path.join(place, 'locks') })
  const call = async (program: string, ...args: string[]): Promise<Outcome> => {
    const file = path.resolve(program.includes('/') ? cwd : bin, program)
    const done = await execa(file, args, { cwd, env, extendEnv: false, reject: false, stdin: 'ignore' })
    return {
      code: done.exitCode ?? null,
      signal: done.signal ?? null,
      stdout: done.stdout,
      stderr: done.stderr,
    }
  }
  /** The command without any network but loopback. */
  const offline = async (...args: string[]): Promise<Outcome> =>
    call('/usr/bin/unshare', '--net', 'sh', '-c', OFFLINE, 'node_modules/.bin/joulemark', ...args)
  const installed = await call('npm', 'install', '--no-audit', '--no-fund', tarball)
  expect(installed.code, installed.stdout + installed.stderr).toBe(0)
  return { cwd, call, joulemark: offline }
}

/** How many colours a picture has. */
async function colours(file: string): Promise<number> {
  const image = await loadImage(await readFile(file))
  const canvas = createCanvas(image.width, image.height)
  const context = canvas.getContext('2d')
  context.drawImage(image, 0, 0)
  return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size
}

/**
 * What npm ls finds wrong. Left out: parts for other systems (`invalid: NAME@ …`, without a version) that the registry does not
 * have; npm before 11.7 counts them though they are optional.
 */
const wrongIn = (tree: string): readonly string[] =>
  ((JSON.parse(tree) as { problems?: string[] }).problems ?? []).filter(
    problem => !/^invalid: \S+-(android|darwin|linux|win32)-\S+@ /.test(problem),
  )

test('what hosts, k6 and the report need is packed; sources, tests and the twin are not', () => {
  expect(packedFiles).toEqual(expect.arrayContaining(ASSETS))
  const ours = packedFiles.filter(file => !file.startsWith('node_modules/'))
  expect(ours.filter(file => /^(test|scripts)\/|twin|(?<!k6-load|\.d)\.ts$/.test(file))).toEqual([])
})

describe.each(RELEASES)('installed under Node $node without compiler, make and Python', release => {
  let place: Awaited<ReturnType<typeof install>>
  beforeAll(async () => {
    place = await install(release)
  })

  test('nothing is missing, and nothing else was there to be found', async () => {
    for (const absent of ['cc', 'gcc', 'make', 'python3', 'git'])
      expect((await place.call('sh', '-c', `command -v ${absent}`)).code, absent).not.toBe(0)
    expect((await place.call('node', '--version')).stdout).toBe(`v${release.node}`)
    expect((await place.call('npm', '--version')).stdout).toBe(release.npm)
    expect(await place.call('npm', 'ls')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('joulemark@'),
    })
    const listed = await place.call('npm', 'ls', '--all', '--json')
    expect(wrongIn(listed.stdout)).toEqual([])
    const tree = JSON.parse(listed.stdout) as { dependencies: object }
    expect(Object.keys(tree.dependencies)).toEqual(['joulemark'])
  })

  test('it plans, measures and draws', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(await place.joulemark('--version')).toMatchObject({ code: 0, stdout: version })

    await writeFile(path.join(place.cwd, 'campaign.yaml'), CAMPAIGN)
    const before = await readdir(place.cwd)
    const planned = await place.joulemark('plan', 'campaign.yaml')
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringMatching(/^packed {2}2 runs/) })
    expect(await readdir(place.cwd)).toEqual(before)

    const ran = await place.joulemark('run', 'campaign.yaml', '--out', 'out')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.stdout).toMatch(/^\d runs: .*clean-up: (\d+) made, \1 gone$/m)
    expect(ran.stdout.match(/95 % of the model, one run: an observation/g)).toHaveLength(2)

    const campaign = await onlyCampaign(path.join(place.cwd, 'out'))
    const reported = await place.joulemark('report', campaign, '--format', 'png,html', '--out', 'report')
    expect(reported.code, reported.stdout + reported.stderr).toBe(0)
    const files = await readdir(path.join(place.cwd, 'report'), { recursive: true })
    expect(files).toContain('index.html')
    const pictures = files.filter(name => name.endsWith('.png'))
    expect(pictures).not.toEqual([])
    for (const name of pictures)
      expect(await colours(path.join(place.cwd, 'report', name)), name).toBeGreaterThan(10)
  })

  test('what it exports has types, and nothing else can be imported', async () => {
    const compile = async (text: string): Promise<Outcome> => {
      await writeFile(path.join(place.cwd, 'reader.mts'), text)
      return place.call('node', TSC, ...TSC_OPTIONS, 'reader.mts')
    }
    const sound = await compile(reader('number'))
    expect(sound.code, sound.stdout).toBe(0)
    const broken = await compile(reader('string'))
    expect(broken.stdout).toMatch(/^reader\.mts\(6,\d+\): error TS2322/)

    const imports = (specifier: string) =>
      place.call('node', '--input-type=module', '-e', `await import('${specifier}')`)
    expect(await imports('joulemark/result')).toMatchObject({ code: 0 })
    expect((await imports('joulemark/dist/harness/cli/main.js')).stderr).toContain(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    )
  })
})
