import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { loadText } from './load-toy.ts'

const dir = mkdtempSync(join(tmpdir(), 'joulemark-included-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const campaign = (registers: string): string => `schema: joulemark/v1
name: meters
targets:
  - { id: here, kind: local }
workloads:
  - id: toy
meters:
  - id: feed
    kind: modbus
    address: strip.example
    registers: ${registers}
    behind: [{ target: here }]
`
const load = (registers: string) => loadText(campaign(registers), {}, join(dir, 'campaign.yaml'))
const write = (name: string, text: string): void => writeFileSync(join(dir, name), text)

/** `file:line:column path: message`, with the folder left out. */
async function problemsOf(registers: string): Promise<readonly string[]> {
  const error = await load(registers).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof JoulemarkError)) throw new Error('this should have been refused', { cause: error })
  return error.problems.map(({ place, message }) =>
    `${place.file}:${place.line}:${place.column} ${place.path}: ${message}`.replaceAll(`${dir}/`, ''),
  )
}

test('registers in a file of their own are in plan and archive as if they stood in the campaign', async () => {
  write('strip.yaml', '- { address: 52, unit: W }\n- { address: 72, unit: kWh, scale: 0.01 }\n')
  const inline = await load('[{ address: 52, unit: W }, { address: 72, unit: kWh, scale: 0.01 }]')
  for (const name of ['strip.yaml', './strip.yaml', join(dir, 'strip.yaml')]) {
    const { plan, publicText } = await load(name)
    expect(plan).toEqual(inline.plan)
    expect(publicText).toBe(inline.publicText)
  }
  expect(parse(inline.publicText).meters[0].registers[1]).toMatchObject({ address: 72, scale: 0.01 })
})

test('what is wrong in it is told with its own line', async () => {
  write('wrong.yaml', '- { address: 52, unit: W }\n- address: 99999\n  unit: W\n  scael: 10\n')
  expect(await problemsOf('wrong.yaml')).toEqual([
    expect.stringMatching(/^wrong\.yaml:2:12 meters\[0\]\.registers\[1\]\.address: 99999 is out of range/),
    expect.stringMatching(/^wrong\.yaml:4:3 meters\[0\]\.registers\[1\]\.scael: unknown key\. .*scale/),
  ])
  write('twice.yaml', '- { address: 52, unit: W }\n- { address: 54, unit: W }\n')
  expect(await problemsOf('twice.yaml')).toEqual([
    expect.stringMatching(/^twice\.yaml:2:3 meters\[0\]\.registers\[1\]: power total is there twice/),
  ])
  write('broken.yaml', '- { address: 52\n')
  expect((await problemsOf('broken.yaml'))[0]).toMatch(/^broken\.yaml:2:1 /)
})

test('what is no list, and a file that can not be read, are told where the file is named', async () => {
  write('section.yaml', 'registers: []\n')
  expect(await problemsOf('section.yaml')).toEqual([
    'campaign.yaml:11:16 meters[0].registers: expected a list, found a section with keys',
  ])
  expect(await problemsOf('missing.yaml')).toEqual([
    'campaign.yaml:11:16 meters[0].registers: "missing.yaml" does not exist',
  ])
  expect(await problemsOf('.')).toEqual(['campaign.yaml:11:16 meters[0].registers: "." is not a file'])
  write('large.yaml', ' '.repeat(262_145))
  expect(await problemsOf('large.yaml')).toEqual([
    'campaign.yaml:11:16 meters[0].registers: "large.yaml" has 262145 bytes; at most 262144 are read',
  ])
})

test('a file is read where a kind of meter says so, and nowhere else', async () => {
  write('map.yaml', '[]\n')
  expect((await problemsOf('[]\n    map: map.yaml')).join('\n')).toMatch(
    /meters\[0\]\.map: "map\.yaml" is not known/,
  )
})
