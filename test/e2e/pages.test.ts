// The pages on adding a workload and a collector, done as they say in a copy of the repository; and the layers, broken on purpose.
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { Result } from '../../harness/model/result.ts'
import { copyCheckout } from './support/checkout-copy.ts'
import { type Folder, type Outcome, onlyCampaign, scratch } from './support/command.ts'
import { fencedBlocks } from './support/fenced-blocks.ts'
import { plainEnvironment } from './support/plain-environment.ts'

/** The checkout, in a folder that is gone at the end, and a shell in it. */
async function copy(name: string): Promise<Folder & { sh(commands: string): Promise<Outcome> }> {
  await using made = new AsyncDisposableStack()
  const folder = made.use(await scratch(name))
  await copyCheckout(folder.path, 'link')
  made.move()
  const env = plainEnvironment({ NO_COLOR: '1', JOULEMARK_LOCK_DIR: path.join(folder.path, 'locks') })
  return {
    ...folder,
    sh: async commands => {
      const o = { cwd: folder.path, env, extendEnv: false, reject: false, stdin: 'ignore' } as const
      const done = await execa('sh', ['-e', '-c', commands], o)
      return {
        code: done.exitCode ?? null,
        signal: done.signal ?? null,
        stdout: done.stdout,
        stderr: done.stderr,
      }
    },
  }
}

/** Does what a page says, in a copy, and gives the only campaign that comes of it. */
async function follow(page: string, place: Awaited<ReturnType<typeof copy>>) {
  for (const block of fencedBlocks(await readFile(path.join(place.path, page), 'utf8'))) {
    if (block.kind === 'file') {
      const file = path.join(place.path, block.path)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, block.text)
    } else {
      const { code, stdout, stderr } = await place.sh(block.text)
      if (code !== 0) throw new Error(`${page}: ended with ${code}: ${block.text}${stdout}${stderr}`)
    }
  }
  const campaign = await onlyCampaign(path.join(place.path, 'campaigns'))
  const derived = path.join(campaign, 'derived/0.1.0')
  return {
    html: await readFile(path.join(derived, 'report/index.html'), 'utf8'),
    result: Result.parse(JSON.parse(await readFile(path.join(derived, 'result.json'), 'utf8'))),
  }
}

test('docs/adding-a-workload.md, done as it says, ends in a report with the toy workload', async () => {
  await using place = await copy('workload')
  const { html, result } = await follow('docs/adding-a-workload.md', place)
  expect(result.groups).toHaveLength(1)
  expect(result.groups[0]).toMatchObject({
    workload: 'toy-sleep',
    functionalUnit: 'nap',
    verdict: 'unranked',
    energyPerUnit: { kind: 'observation' },
  })
  const [run] = result.runs
  expect(run?.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })
  expect(html).toContain('toy-sleep')
  expect(html).toContain('nap')
})

test('docs/adding-a-collector.md, done as it says, ends in a report with the toy meter and its watermark', async () => {
  await using place = await copy('collector')
  const { html, result } = await follow('docs/adding-a-collector.md', place)
  expect(result.groups[0]).toMatchObject({
    workload: 'idle',
    verdict: 'unranked',
    energyPerUnit: { kind: 'observation' },
  })
  const energy = result.runs[0]?.stretches.find(stretch => stretch.phase.name === 'window')?.energy
  expect(energy).toMatchObject([
    {
      evidence: { source: 'toy-meter', kind: 'synthetic', class: 'none', scope: 'nothing, made up' },
      joules: expect.any(Number),
    },
  ])
  expect(html).toContain('nothing, made up')
  expect(html).toContain('<p class="watermark">SYNTHETIC SOURCE')
})

test('an import that a layer may not have makes npm run check fail, by the name of its rule', async () => {
  await using place = await copy('layers')
  const layers =
    'npx depcruise --config .dependency-cruiser.mjs harness results collectors workloads scripts test'
  const clean = await place.sh(layers)
  expect(clean.code, clean.stdout).toBe(0)

  const add = (file: string, line: string) => appendFile(path.join(place.path, file), `${line}\n`)
  await add('results/analyse/statistics/estimate.ts', "export { readFileSync } from 'node:fs'")
  await add('collectors/cpu.ts', "export { toolVersion } from '../harness/cli/version.ts'")
  await add('harness/store/line.ts', "export { execa } from 'execa'")
  const checked = await place.sh('npm run check')
  expect(checked.code).not.toBe(0)
  const broken = checked.stdout.match(/^ +error \S+: .*$/gm)
  expect(broken?.map(line => line.trim()).sort()).toEqual([
    'error layer:collectors: collectors/cpu.ts → harness/cli/version.ts',
    'error only-cli-imports-cli: collectors/cpu.ts → harness/cli/version.ts',
    expect.stringMatching(/^error packages:harness\/store: harness\/store\/line\.ts → .*execa/),
    'error pure-layers: results/analyse/statistics/estimate.ts → fs',
  ])
})
