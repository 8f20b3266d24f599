import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { ClockProbe } from '../../../harness/model/target.ts'
import {
  clockItem,
  machineItems,
  ownToolItems,
  reachableItem,
  sensorItem,
  spaceItems,
} from '../../../harness/targets/check-machine.ts'
import { parseFacts } from '../../../harness/targets/parse-facts.ts'

const facts = parseFacts(
  await readFile(new URL('./fixtures/debian-kvm.txt', import.meta.url), 'utf8'),
  'MARK',
)
const states = (items: readonly { subject: string; state: string }[]) =>
  items.map(({ subject, state }) => `${subject} ${state}`)

test('a host over SSH says by which key and through whom', () => {
  const link = {
    how: 'ssh' as const,
    user: 'jm',
    address: '[fe80::1]:22',
    key: 'agent',
    via: ['a@jump:22', 'b@inner:22'],
    notes: ['no ssh_config'],
  }
  expect(reachableItem(link).text).toBe(
    'jm at [fe80::1]:22 by agent; through a@jump:22, b@inner:22; no ssh_config',
  )
})

test('the machine is told with its boot id; services without a cgroup of their own are worth a note', () => {
  expect(states(machineItems(facts))).toEqual(['machine ok', 'system ok', 'boot id ok', 'services ok'])
  const none = { ...facts, cgroup: { ...facts.cgroup, writable: {} } }
  expect(states(machineItems(none))).toContain('services note')
})

test('a clock fails when it is beyond the limit without doubt', () => {
  const probe: ClockProbe = { at: 0, offset: -400_000, uncertainty: 900, wall: 0, boot: 0, resolution: 1 }
  expect(clockItem(probe, 400)).toMatchObject({
    state: 'ok',
    text: '−400.0 ms ± 0.9 against this controller (limit 400)',
  })
  expect(clockItem({ ...probe, offset: 400_900 }, 400).state).toBe('ok')
  expect(clockItem({ ...probe, offset: 400_901 }, 400).state).toBe('failed')
})

test('tools of ours that are there are not worth a line; without setsid and perl nothing can be detached', () => {
  expect(ownToolItems(facts)).toEqual([])
  const tools = { ...facts.tools, setsid: null }
  expect(states(ownToolItems({ ...facts, tools }))).toEqual(['setsid absent'])
  expect(states(ownToolItems({ ...facts, perl: null, tools }))).toEqual(['setsid failed'])
})

test('a forbidden and an absent sensor keep their hint', () => {
  for (const state of ['absent', 'forbidden'] as const) {
    const probe = () => ({ state, reason: 'why', hint: 'do this' })
    expect(sensorItem({ id: 'x', probe }, facts)).toEqual({
      subject: 'x',
      state,
      text: 'why',
      hint: 'do this',
    })
  }
})

test('too little room for a run fails; noexec, no tmpfs and a small one are notes', () => {
  const need = { bytes: 1e6, tmpfsBytes: 1e6 }
  expect(states(spaceItems(facts, need))).toEqual(['space ok', 'buffer ok'])
  expect(states(spaceItems({ ...facts, workRootFree: 1e6 - 1 }, need))).toEqual(['space failed', 'buffer ok'])
  expect(states(spaceItems({ ...facts, workRootExec: false, tmpfs: null }, need))).toEqual([
    'space note',
    'buffer note',
  ])
  expect(states(spaceItems({ ...facts, tmpfs: { path: '/dev/shm', free: 1e6 - 1 } }, need))).toContain(
    'buffer note',
  )
})

test('a need that is not known is not shown as a number', () => {
  const [space] = spaceItems(facts, { bytes: null, tmpfsBytes: 1 })
  expect(space).toMatchObject({ state: 'ok', text: expect.not.stringContaining('needs') })
})
