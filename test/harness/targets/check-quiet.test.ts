import { expect, test } from 'vitest'
import { quietItems } from '../../../harness/targets/check-quiet.ts'
import type { Quietness } from '../../../harness/targets/parse-quiet.ts'

const still: Quietness = {
  load: 0,
  busy: 0.01,
  steal: 0,
  busiest: [],
  timers: null,
  packaging: [],
  unattendedUpgrades: false,
}
const items = (quiet: Partial<Quietness>) => quietItems({ ...still, ...quiet }, { userHz: 100 })
const states = (quiet: Partial<Quietness>) => items(quiet).map(({ subject, state }) => `${subject} ${state}`)

test('a quiet machine is ok', () => {
  expect(states({})).toEqual(['CPU ok', 'steal ok'])
  expect(states({ timers: [] })).toEqual(['CPU ok', 'steal ok', 'timers ok'])
})

test('load, steal, package managers and unattended upgrades are told, each with what to do', () => {
  const loud = { busy: 0.5, steal: 0.021, packaging: ['dpkg'], unattendedUpgrades: true }
  expect(states(loud)).toEqual(['CPU note', 'steal note', 'packages note', 'upgrades note'])
  expect(items(loud).filter(({ hint }) => hint === undefined)).toEqual([])
})

test('the busiest processes are told in per cent of one CPU', () => {
  expect(items({ busiest: [{ pid: 12, name: 'zstd', ticks: 97 }] })).toContainEqual(
    expect.objectContaining({ subject: 'busiest', text: 'zstd (12) 97 % of one CPU' }),
  )
})

test('only timers that are due within the hour are told, with the command that stops them', () => {
  const timers = [
    { unit: 'late.timer', inSeconds: -3 },
    { unit: 'apt-daily.timer', inSeconds: 600 },
    { unit: 'far.timer', inSeconds: 3601 },
  ]
  expect(items({ timers })).toContainEqual({
    subject: 'timers',
    state: 'note',
    text: 'due within the hour: late.timer in 0 min, apt-daily.timer in 10 min',
    hint: 'for the length of the campaign: sudo systemctl stop late.timer apt-daily.timer',
  })
})

test('a share that could not be read is not taken for quiet', () => {
  expect(states({ busy: null, steal: null })).toEqual(['CPU note', 'steal note'])
})
