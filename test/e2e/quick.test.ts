// docs/examples/quick.yaml, the campaign of the quick start, twice; then compared with itself and with another parameter.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Result } from '../../harness/model/result.ts'
import { joulemark, onlyCampaign, root, scratch } from './support/command.ts'

const EXAMPLE = path.join(root, 'docs/examples/quick.yaml')

async function run(file: string, out: string): Promise<string> {
  const done = await joulemark(['run', file, '--out', out])
  expect(done.code, done.stdout + done.stderr).toBe(0)
  const dir = await onlyCampaign(out)
  expect(done.stdout).toContain('report')
  expect(done.stdout).toContain(`joulemark verify`)
  return dir
}

test('two campaigns of quick.yaml compare as observations, and another parameter is refused with its name and both values', async () => {
  await using folder = await scratch('quick')
  const first = await run(EXAMPLE, path.join(folder.path, 'a'))
  const second = await run(EXAMPLE, path.join(folder.path, 'b'))
  expect((await joulemark(['analyse', first])).code).toBe(0)
  const result = Result.parse(
    JSON.parse(await readFile(path.join(first, 'derived/0.1.0/result.json'), 'utf8')),
  )
  expect(result.groups.map(g => `${g.workload} ${g.verdict} ${g.energyPerUnit.kind}`).sort()).toEqual([
    'cpu-compress unranked observation',
    'idle unranked observation',
    'web-static unranked observation',
  ])
  for (const run of result.runs.filter(r => r.verdicts.measurement !== 'invalid'))
    expect(run.verdicts).toMatchObject({ workload: 'passed', cleanup: 'clean' })

  const compared = await joulemark(['compare', first, second])
  expect(compared.code, compared.stdout + compared.stderr).toBe(0)
  expect(compared.stdout).toContain('observation')
  expect(compared.stdout).not.toMatch(/uses less/)

  const text = await readFile(EXAMPLE, 'utf8')
  expect(text).toContain('rate: 50')
  const other = path.join(folder.path, 'other.yaml')
  await writeFile(other, text.replace('rate: 50', 'rate: 51'))
  const third = await run(other, path.join(folder.path, 'c'))
  const refused = await joulemark(['compare', first, third])
  expect(refused.code).toBe(3)
  expect(refused.stdout + refused.stderr).toMatch(/params\.rate.*50 \/ 51/)
})
