import { readdir, readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { workloads, workloadsById } from '../../workloads/registry.ts'

const root = new URL('../../', import.meta.url)
const foldersIn = async (path: string): Promise<string[]> =>
  (await readdir(new URL(path, root), { withFileTypes: true }))
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort()

const ids = Object.keys(workloads)

test('registry, folders and tests hold the same workloads, sorted', async () => {
  expect(ids).toEqual([...ids].sort())
  expect(await foldersIn('workloads')).toEqual(ids)
  expect(await foldersIn('test/workloads')).toEqual(ids)
  expect([...workloadsById.keys()]).toEqual(ids)
})

test('docs/workloads.md describes each', async () => {
  const page = await readFile(new URL('docs/workloads.md', root), 'utf8')
  // What new-workload leaves to be written.
  expect(page).not.toContain('TODO')
  expect([...page.matchAll(/^## ([a-z0-9-]+): /gm)].map(match => match[1])).toEqual(ids)
})

test.each([...workloadsById])('%s: id is the key, and version, unit and texts are there', (id, workload) => {
  expect(workload.id).toBe(id)
  expect(workload.version).toMatch(/^[1-9][0-9]*$/)
  expect(workload.functionalUnit).toMatch(/^[A-Za-z][A-Za-z-]*$/)
  expect(workload.title.length).toBeGreaterThan(3)
  expect(workload.about).toMatch(/\.$/)
})

test.each([...workloadsById])('%s: every parameter has a default and a description', (_, workload) => {
  const schema = z.toJSONSchema(workload.params, { io: 'input' })
  expect(schema.additionalProperties).toBe(false)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
    expect(property).toMatchObject({ description: expect.stringMatching(/\.$/) })
    expect(property).toHaveProperty('default')
  }
  const defaults = workload.params.parse({})
  expect(workload.params.parse(defaults)).toEqual(defaults)
  expect(workload.params.safeParse({ ...defaults, unknown: 1 }).success).toBe(false)
})

test.each([...workloadsById])('%s: its estimates are finite and not negative', (_, workload) => {
  const estimate = workload.estimate(workload.params.parse({}))
  expect(Object.values(estimate).every(value => Number.isFinite(value) && value >= 0)).toBe(true)
})

test.each([...workloadsById])('%s: without work files there is no piece of work', async (_, workload) => {
  const none = { names: [], open: (name: string) => Promise.reject(new Error(name)) as never }
  const pieces: unknown[] = []
  for await (const chunk of workload.reader.work(none)) pieces.push(...chunk)
  expect(pieces).toEqual([])
  const { findings } = await workload.reader.facts(none, 0)
  const codes = findings.map(finding => finding.code).filter(code => code !== 'LOAD_EXIT')
  expect([...new Set(codes)]).toEqual(workload.unitsPerSecond === undefined ? ['WORK_ABSENT'] : [])
})

test.each([...workloadsById].filter(([, workload]) => workload.unitsPerSecond === undefined))(
  '%s: a load whose end nobody saw has not ended well',
  async (_, workload) => {
    const none = { names: [], open: (name: string) => Promise.reject(new Error(name)) as never }
    const { findings } = await workload.reader.facts(none, null)
    expect(findings.map(finding => finding.code)).toContain('LOAD_EXIT')
  },
)
