import { expect, test } from 'vitest'
import type { HostFacts } from '../../../harness/model/target.ts'
import { environmentChanges } from '../../../harness/run/environment.ts'
import { lightFacts } from './light-machine.ts'

const NONE: ReadonlySet<string> = new Set()
const facts = lightFacts('/tmp')
const of = (change: Partial<HostFacts>) => ({ at: 0, hosts: { web: { ...facts, ...change } } })

test('what changes by itself is no change', () => {
  const after = of({
    bootId: 'other',
    workRootFree: 1,
    tmpfs: null,
    memoryBytes: facts.memoryBytes * 1.005,
    probes: { '/proc/loadavg': { text: '9 9 9' } },
  })
  expect(environmentChanges(of({}), after, NONE)).toEqual([])
})

test('kernel, governor, a sensor that can no longer be read, and memory are changes with both values', () => {
  const after = of({
    kernel: '6.2.0',
    cpu: { ...facts.cpu, governor: 'powersave' },
    probes: { '/proc/loadavg': { error: 'EACCES' } },
    memoryBytes: facts.memoryBytes / 2,
  })
  expect(environmentChanges(of({}), after, NONE)).toEqual([
    { host: 'web', fact: 'cpu.governor', before: 'none', after: 'powersave' },
    { host: 'web', fact: 'kernel', before: '6.1.0', after: '6.2.0' },
    { host: 'web', fact: 'probe./proc/loadavg', before: 'readable', after: 'EACCES' },
    { host: 'web', fact: 'memory', before: String(facts.memoryBytes), after: String(facts.memoryBytes / 2) },
  ])
})

test('a tool that came with packages of ours is no change there, and is one elsewhere; another version always is', () => {
  const more = of({ tools: { sh: 'dash', gzip: '1.12' } })
  expect(environmentChanges(of({}), more, new Set(['web']))).toEqual([])
  expect(environmentChanges(of({}), more, NONE)).toHaveLength(1)
  const other = of({ tools: { sh: 'bash' } })
  expect(environmentChanges(of({}), other, new Set(['web']))).toHaveLength(1)
})

test('a host that was not there before is a change', () => {
  const after = { at: 0, hosts: { ...of({}).hosts, gen: facts } }
  expect(environmentChanges(of({}), after, NONE)).toEqual([
    { host: 'gen', fact: 'host', before: 'absent', after: 'there' },
  ])
})
