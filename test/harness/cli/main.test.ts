import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { meterKinds } from '../../../collectors/meter-kinds.ts'
import { collectors } from '../../../collectors/registry.ts'
import { EXIT } from '../../../harness/model/error.ts'
import { Plan } from '../../../harness/model/plan.ts'
import { workloadsById } from '../../../workloads/registry.ts'
import { fixture } from '../plan/load-toy.ts'
import { inProcess } from './in-process.ts'
import { joulemark } from './joulemark.ts'

const files = 'test/fixtures/campaign-files'

test('help names every command, and every command has examples', async () => {
  const { stdout, exitCode } = await joulemark(['--help'])
  expect(exitCode).toBe(0)
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) .* {2}\S/gm)]
    .map(match => match[1] ?? '')
    .filter(name => name !== '')
  expect(commands).toEqual([
    'plan',
    'check',
    'rbac',
    'images',
    'run',
    'reap',
    'sync',
    'attach',
    'analyse',
    'report',
    'verify',
    'compare',
    'qualify',
    'list',
    'completion',
    'help',
  ])
  expect((await inProcess(['help', 'run'])).stdout).toContain('Usage: joulemark run ')
  for (const command of commands.slice(0, -2)) {
    const help = await inProcess([command, '--help'])
    expect(help.exitCode).toBe(0)
    expect(help.stdout).toMatch(new RegExp(`Examples?:\\n  joulemark ${command} `))
  }
}, 60_000)

test('a wrong command line exits 2 with what was probably meant', async () => {
  const unknown = await joulemark(['rnu'])
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' })
  expect(unknown.stderr).toMatch(/^joulemark: unknown command 'rnu'\n\(Did you mean run\?\)/)
  expect((await inProcess(['run'])).stderr).toMatch(
    /^joulemark: run takes either a campaign file or --resume DIR/,
  )
  expect(await inProcess(['report', '.', '--format', 'pdf'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Allowed: csv, html, json, md, png'),
  })
  expect((await inProcess(['compare', 'only-one'])).exitCode).toBe(2)
}, 60_000)

test('plan shows every run in order and writes nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-cli-'))
  try {
    const file = join(import.meta.dirname, '../../../docs/examples/two-hosts.yaml')
    const { stdout, stderr, exitCode } = await joulemark(['plan', file], { cwd: folder })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^two-hosts {2}3 runs, about .*, order drawn from seed 1\n/)
    expect(stdout.match(/^ +\d+ {2}pair {4}(oltp-postgres|web-static|cpu-compress) /gm)).toHaveLength(3)
    expect(stdout).toMatch(/^ {2}pair loadgen {2}loadgen .* [KM]iB/m)
    expect(await readdir(folder)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
}, 60_000)

test('plan --json is a plan that the schema takes', async () => {
  const { stdout } = await inProcess(['plan', 'docs/examples/quick.yaml', '--json'])
  const { plan, estimate } = JSON.parse(stdout) as { plan: unknown; estimate: { totalSeconds: number } }
  expect(
    Plan.parse(plan)
      .runs.map(run => run.workload)
      .sort(),
  ).toEqual(['cpu-compress', 'idle', 'web-static'])
  expect(estimate.totalSeconds).toBeGreaterThan(120)
  expect(estimate.totalSeconds).toBeLessThan(240)
}, 60_000)

test('a campaign file with problems exits 2, and a listener at its address sees no connection', async () => {
  let connections = 0
  const server = createServer(socket => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const folder = await mkdtemp(join(tmpdir(), 'joulemark-cli-'))
  try {
    for (const name of [
      'unknown-key',
      'wrong-type',
      'out-of-range',
      'undefined-host',
      'missing-secret',
      'all-five',
    ]) {
      const text = (await fixture(`${name}.yaml`))
        .replaceAll('id: toy', 'id: web-static')
        .replaceAll(/192\.0\.2\.\d/g, `127.0.0.1, port: ${port}`)
        .replace('127.0.0.1:8086', `127.0.0.1:${port}`)
      const file = join(folder, `${name}.yaml`)
      await writeFile(file, text)
      for (const command of ['run', 'check']) {
        const { exitCode, stdout, stderr } = await inProcess([command, file])
        expect({ command, name, exitCode, stdout }).toEqual({ command, name, exitCode: 2, stdout: '' })
        const lines = stderr.split('\n')
        expect(lines.slice(0, -2).every(line => /^\S+\.yaml:\d+:\d+ {2}[\w.[\]-]+: \S/.test(line))).toBe(true)
        expect(lines.at(-2)).toBe('  Nothing was started.')
        expect(lines.length - 1).toBe({ 'unknown-key': 3, 'all-five': 7, 'out-of-range': 3 }[name] ?? 2)
      }
    }
    expect(connections).toBe(0)
    expect(await readdir(folder)).toHaveLength(6)
  } finally {
    server.close()
    await rm(folder, { recursive: true })
  }
}, 120_000)

test('list shows every entry of a registry', async () => {
  for (const [what, ids] of [
    ['collectors', [...Object.keys(collectors), ...meterKinds.keys()]],
    ['workloads', [...workloadsById.keys()]],
    ['targets', ['kubernetes', 'local', 'ssh']],
    ['formats', ['csv', 'html', 'json', 'md', 'png']],
  ] as const) {
    const { exitCode, stdout } = await inProcess(['list', what])
    expect({ what, exitCode, ids: [...stdout.matchAll(/^(\S+) {2}\S/gm)].map(match => match[1]) }).toEqual({
      what,
      exitCode: 0,
      ids: [...ids],
    })
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  }
}, 60_000)

test('the process says all problems of a file on stderr and exits 2', async () => {
  const { exitCode, stdout, stderr } = await joulemark(['run', `${files}/wrong-type.yaml`])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain(
    `${files}/wrong-type.yaml:4:16  protocol.repetitions: expected a whole number, found "three"\n`,
  )
}, 60_000)

test('a folder that is not a campaign is said to be none', async () => {
  for (const command of [['report'], ['analyse'], ['verify'], ['reap'], ['sync'], ['run', '--resume']]) {
    const { exitCode, stderr } = await inProcess([...command, files])
    expect({ command, exitCode }).toEqual({ command, exitCode: 2 })
    expect(stderr).toContain('is not a campaign')
  }
}, 60_000)

test('docs/exit-codes.md has every exit code', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../docs/exit-codes.md'), 'utf8')
  const rows = [...text.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(match => [match[2], Number(match[1])])
  expect(Object.fromEntries(rows)).toEqual(EXIT)
})
