import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { recorderConfig, recorderKit } from '../../../collectors/recorder/kit.ts'
import type { RecorderRequest } from '../../../harness/model/recorder.ts'
import type { HostFacts } from '../../../harness/model/target.ts'
import { bytes, hertz, micros } from '../../../harness/model/units.ts'
import { source } from './run-recorder.ts'

const request: RecorderRequest = {
  sources: [source('cpu/stat', '/proc/stat'), source('t/x', '/run/x.pid', { tree: true, reopen: true })],
  rate: hertz(10),
  dir: '/var/lib/run 1/recording-2',
  tmpfsDir: '/dev/shm/run',
  tmpfsBytes: bytes(1000),
  diskBytes: bytes(2000),
}
const facts = (perl: string | null): HostFacts => ({ perl }) as HostFacts

test('perl where it is, else the shell for one reading a second at most, else neither with a reason', () => {
  expect(recorderKit.choose(facts('v5.36.0'), hertz(10))).toEqual({ kind: 'perl' })
  expect(recorderKit.choose(facts(null), hertz(1))).toEqual({ kind: 'sh' })
  expect(recorderKit.choose(facts(null), hertz(2))).toMatchObject({
    kind: null,
    reason: expect.stringContaining('without perl'),
  })
  expect(recorderKit.choose(facts('v5.36.0'), hertz(11))).toMatchObject({ kind: null })
})

test('the configuration is one value a line', () => {
  expect(recorderConfig('perl', request).split('\n')).toEqual([
    'joulemark-recorder 1',
    'perl',
    '10',
    '100000000',
    '/var/lib/run 1/recording-2/status',
    '2',
    '/dev/shm/run/recording-2.recording',
    '1000',
    '/var/lib/run 1/recording-2/recording',
    '2000',
    '2',
    'cpu/stat',
    '/proc/stat',
    '65536',
    '-',
    't/x',
    '/run/x.pid',
    '65536',
    'rt',
    '0',
    '',
  ])
  expect(
    recorderConfig('perl', { ...request, offset: micros(50_000) })
      .split('\n')
      .slice(-2),
  ).toEqual(['50000000', ''])
})

test('without tmpfs or without disk there is one buffer', () => {
  expect(recorderKit.outputs({ ...request, tmpfsDir: null })).toEqual([
    '/var/lib/run 1/recording-2/recording',
  ])
  expect(recorderKit.outputs({ ...request, diskBytes: bytes(0) })).toEqual([
    '/dev/shm/run/recording-2.recording',
  ])
})

test('sources of energy come first, the others in the order given', () => {
  const rapl = source('rapl/package-0', '/sys/class/powercap/intel-rapl:0/energy_uj')
  const config = recorderConfig('perl', { ...request, sources: [...request.sources, rapl] })
  expect(config.match(/^(cpu|t|rapl)\/.*/gm)).toEqual(['rapl/package-0', 'cpu/stat', 't/x'])
})

test.each(['perl', 'sh'] as const)(
  'the files of %s are its program, from the package, and the configuration',
  async kind => {
    const slow = { ...request, rate: hertz(1) }
    const [program, config] = recorderKit.files(kind, slow)
    if (program === undefined || !('from' in program)) throw new Error('no program')
    expect(await readFile(program.from, 'utf8')).toContain("# Joulemark's recorder")
    expect(recorderKit.argv(kind, slow)).toEqual([
      kind,
      `${slow.dir}/${program.name}`,
      `${slow.dir}/${config?.name}`,
    ])
  },
)

test.each([
  ['perl', { rate: hertz(20) }],
  ['sh', { rate: hertz(2) }],
  ['perl', { rate: hertz(Number.NaN) }],
  ['perl', { tmpfsDir: null, diskBytes: bytes(0) }],
  ['perl', { sources: [] }],
  ['perl', { sources: [source('a/b', 'relative')] }],
  ['perl', { sources: [source('a/b', '/x\n/etc/shadow')] }],
  ['perl', { sources: [source('a b', '/x')] }],
  ['perl', { sources: [source('a/b', '/x'), source('a/b', '/y')] }],
  ['perl', { sources: [source('a/b', '/x', { maxBytes: bytes(0) })] }],
  ['perl', { sources: [source('a/b', '/x', { maxBytes: bytes(2 ** 30) })] }],
  ['perl', { dir: '/tmp/a\nb' }],
] as const)('refuses what a recorder can not do: %#', (kind, wrong) => {
  expect(() => recorderKit.files(kind, { ...request, ...wrong })).toThrowError(
    expect.objectContaining({ code: 'recorder-request' }),
  )
})
