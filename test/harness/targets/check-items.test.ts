import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import type { ClockProbe } from '../../../harness/model/target.ts'
import {
  checkClock,
  checkCollectors,
  checkQuiet,
  checkSpace,
  checkTools,
} from '../../../harness/targets/check-items.ts'
import { parseFacts } from '../../../harness/targets/parse-facts.ts'
import type { Quietness } from '../../../harness/targets/parse-quiet.ts'

const facts = parseFacts(
  await readFile(new URL('./fixtures/debian-kvm.txt', import.meta.url), 'utf8'),
  'MARK',
)
const still: Quietness = { load: 0, busy: 0.01, steal: 0, busiest: [], timers: [], upgrades: [] }
const states = (items: readonly { id: string; state: string }[]) =>
  items.map(({ id, state }) => `${id} ${state}`)

test('a clock beyond the limit of the rules fails', () => {
  const probe: ClockProbe = { at: 0, offset: -400_000, uncertainty: 900, wall: 0, boot: 0, resolution: 1 }
  expect(checkClock(probe)).toMatchObject({ state: 'ok', detail: '-400.0 ms against this machine, ± 0.9 ms' })
  expect(checkClock({ ...probe, offset: 400_001 }).state).toBe('failed')
})

test('without perl the shell takes its place; without setsid too nothing can be detached', () => {
  expect(states(checkTools(facts, 'none'))).toContain('tool.perl ok')
  const bare = { ...facts, perl: null, tools: { ...facts.tools, setsid: null } }
  expect(states(checkTools(bare, 'none'))).toEqual(
    expect.arrayContaining(['tool.perl warning', 'tool.setsid failed']),
  )
  expect(states(checkTools({ ...facts, tools: { ...facts.tools, setsid: null } }, 'none'))).toContain(
    'tool.setsid note',
  )
})

test('sudo is missed only where it is asked for', () => {
  const user = { ...facts, user: { root: false, systemdUser: false }, tools: { ...facts.tools, sudo: null } }
  expect(states(checkTools(user, 'sudo'))).toContain('tool.sudo failed')
  expect(states(checkTools(user, 'none')).join()).not.toContain('sudo')
})

test('a forbidden sensor is a warning, an absent one a note, each with its hint', () => {
  const collector = (state: 'absent' | 'forbidden') => ({
    id: state,
    title: state,
    probe: () => ({ state, reason: 'why', hint: 'do this' }) as const,
  })
  expect(checkCollectors(facts, [collector('absent'), collector('forbidden')])).toMatchObject([
    { id: 'collector.absent', state: 'note', detail: 'absent: why', hint: 'do this' },
    { id: 'collector.forbidden', state: 'warning' },
  ])
})

test('little room, noexec and no tmpfs are told', () => {
  const poor = { ...facts, workRootFree: 1e6, workRootExec: false, tmpfs: null }
  expect(states(checkSpace(facts))).toEqual(['space ok', 'space.tmpfs ok'])
  expect(states(checkSpace(poor))).toEqual(['space warning', 'space.exec note', 'space.tmpfs note'])
})

test('a quiet machine is ok; load, steal, timers and upgrades are told', () => {
  expect(states(checkQuiet(still, facts))).toEqual(['quiet ok'])
  const loud: Quietness = {
    ...still,
    busy: 0.5,
    steal: 0.021,
    timers: [
      { unit: 'apt-daily.timer', inSeconds: 600 },
      { unit: 'far.timer', inSeconds: 7200 },
    ],
    upgrades: ['dpkg'],
  }
  const items = checkQuiet(loud, facts)
  expect(states(items)).toEqual([
    'quiet warning',
    'quiet.steal warning',
    'quiet.timers note',
    'quiet.upgrades warning',
  ])
  expect(items[2]?.detail).toBe('due within an hour: apt-daily.timer in 10 min')
})

test('a share that could not be read is not taken for quiet', () => {
  expect(states(checkQuiet({ ...still, busy: null }, facts))).toEqual(['quiet warning'])
})
