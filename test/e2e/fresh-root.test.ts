// The two commands of the README on a machine that somebody has just set up: Debian's own Node, a user who may use sudo, an empty home.
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { Result } from '../../harness/model/result.ts'
import { onlyCampaign, root, scratch } from './support/command.ts'
import { plainEnvironment } from './support/plain-environment.ts'

const FIVE_MINUTES = 300_000

interface Line {
  readonly text: string
  /** ms since the start. */
  readonly at: number
}

interface Visit {
  readonly code: number | undefined
  readonly lines: readonly Line[]
  readonly text: string
}

/** Runs a command as a user of a root of its own; its output line by line with times. */
async function visit(options: readonly string[], argv: readonly string[]): Promise<Visit> {
  const child = execa(path.join(root, 'test/testbed/fresh-root'), [...options, ...argv], {
    all: true,
    reject: false,
    stdin: 'ignore',
    env: plainEnvironment(),
    extendEnv: false,
  })
  const started = performance.now()
  const lines: Line[] = []
  for await (const text of child.iterable({ from: 'all' }))
    lines.push({ text, at: performance.now() - started })
  return { code: (await child).exitCode, lines, text: lines.map(line => line.text).join('\n') }
}

const timeOf = ({ lines }: Visit, start: string): number => {
  const found = lines.find(line => line.text.startsWith(start))
  if (found === undefined) throw new Error(`no line begins with ${start}`)
  return found.at
}

/** Workload and verdict of the only campaign in a folder, and whether the report that was named is there. */
async function seen(folder: string) {
  const campaign = await onlyCampaign(folder)
  const derived = path.join(campaign, 'derived/0.1.0')
  const result = Result.parse(JSON.parse(await readFile(path.join(derived, 'result.json'), 'utf8')))
  return {
    groups: result.groups
      .map(({ workload, verdict, energyPerUnit }) => `${workload} ${verdict} ${energyPerUnit.kind}`)
      .sort(),
    findings: result.runs.flatMap(run => run.findings.map(finding => finding.code)),
    cleanups: new Set(result.runs.map(run => run.verdicts.cleanup)),
    html: await readFile(path.join(derived, 'report/index.html'), 'utf8'),
  }
}

test('without Go, scripts/quickstart --yes reports two workloads and names the third as skipped', async () => {
  await using folder = await scratch('fresh')
  // The base of the roots is made once; that is not the quick start's time.
  expect((await visit([], ['true'])).code).toBe(0)

  const visited = await visit(['--fetch', folder.path], ['scripts/quickstart', '--yes'])
  expect(visited.code, visited.text).toBe(0)
  expect(visited.lines.at(-1)?.at).toBeLessThan(FIVE_MINUTES)
  expect(visited.text).toMatch(/^k6 is not on PATH and there is no Go to build it with/m)
  expect(visited.text).toMatch(/^report {2}campaigns\/quick-.*index\.html$/m)
  const { groups, findings, cleanups, html } = await seen(folder.path)
  expect(groups).toEqual([
    'cpu-compress unranked observation',
    'idle unranked observation',
    'web-static skipped none',
  ])
  expect(findings).toContain('TOOL_MISSING')
  expect(cleanups).toEqual(new Set(['clean']))
  expect(html.includes('k6 is not there, so the workload was skipped')).toBe(true)
})

test('with Go all three are measured, and then scripts/test unit passes', async () => {
  await using folder = await scratch('fresh-go')
  const campaigns = path.join(folder.path, 'campaigns')
  await mkdir(campaigns)
  const commands = 'scripts/quickstart --yes && echo "quickstart ended" && scripts/test unit'
  const visited = await visit(['--go', '--fetch', campaigns], ['sh', '-c', commands])
  const built = timeOf(visited, '== measuring') - timeOf(visited, '== k6')
  expect(visited.text).toMatch(/^building k6 /m)
  expect(timeOf(visited, 'quickstart ended') - built, visited.text).toBeLessThan(FIVE_MINUTES)
  const { groups, cleanups } = await seen(campaigns)
  expect(groups).toEqual([
    'cpu-compress unranked observation',
    'idle unranked observation',
    'web-static unranked observation',
  ])
  expect(cleanups).toEqual(new Set(['clean']))
  expect(visited.code, visited.text).toBe(0)
  // Told and not held to: how long that takes is the machine's affair.
  const ended = visited.lines.at(-1)?.at ?? Number.NaN
  console.log(`scripts/test unit: ${Math.round((ended - timeOf(visited, 'quickstart ended')) / 1000)} s`)
})
