import { expect, test } from 'vitest'
import { parseQuiet } from '../../../harness/targets/parse-quiet.ts'

const output = (
  o: { before?: string; after?: string; timers?: string; ticksAfter?: string; upgrades?: string } = {},
) => `
M now
1795416000

M loadavg
0.42 0.30 0.20 1/214 6520

M stat-before
${o.before ?? 'cpu  1000 0 500 8000 100 0 50 10 0 0'}

M stat-after
${o.after ?? 'cpu  1030 0 510 8150 100 0 54 16 0 0'}

M ticks-before
1 50 systemd
300 20 unattended-upgr
400 7 my (odd) name

M ticks-after
${o.ticksAfter ?? '1 50 systemd\n300 20 unattended-upgr\n400 37 my (odd) name\n500 90 new'}

M uptime
5000.25 9000.10
${o.timers === undefined ? '' : `\nM timers\n${o.timers}\n`}
M upgrades
${o.upgrades ?? ''}

M end
`

test('shares of the second, with steal apart', () => {
  const quiet = parseQuiet(output(), 'M')
  expect(quiet.load).toBe(0.42)
  expect(quiet.busy).toBeCloseTo(44 / 200)
  expect(quiet.steal).toBeCloseTo(6 / 200)
})

test('what can not be read is null, not zero', () => {
  expect(parseQuiet(output({ after: '' }), 'M')).toMatchObject({ busy: null, steal: null })
  expect(parseQuiet(output({ after: 'cpu  1000 0 500 8000 100 0 50 10 0 0' }), 'M').busy).toBeNull()
})

test('who was busy; a process that began within the second counts whole', () => {
  expect(parseQuiet(output(), 'M').busiest).toEqual([
    { pid: 500, name: 'new', ticks: 90 },
    { pid: 400, name: 'my (odd) name', ticks: 30 },
  ])
})

test('package managers at work are named', () => {
  expect(parseQuiet(output(), 'M').packaging).toEqual(['unattended-upgr'])
})

test('unattended upgrades are on where their interval is not zero', () => {
  const on = (value: string) =>
    parseQuiet(output({ upgrades: `APT::Periodic "";\nAPT::Periodic::Unattended-Upgrade "${value}";` }), 'M')
      .unattendedUpgrades
  expect([on('1'), on('0'), on('7')]).toEqual([true, false, true])
  expect(parseQuiet(output(), 'M').unattendedUpgrades).toBe(false)
})

test('timers come in the order in which they are due, by calendar or since boot; those without a time are left out', () => {
  const timers = `NextElapseUSecRealtime=Mon 2026-11-23 07:40:00 UTC
NextElapseUSecMonotonic=infinity
Id=later.timer

Id=soon.timer
NextElapseUSecRealtime=Mon 2026-11-23 06:41:00 UTC
NextElapseUSecMonotonic=1h 23min 40.25s

Id=boot.timer
NextElapseUSecRealtime=
NextElapseUSecMonotonic=1h 23min 50.25s

Id=never.timer
NextElapseUSecRealtime=n/a
NextElapseUSecMonotonic=infinity`
  expect(parseQuiet(output({ timers }), 'M').timers).toEqual([
    { unit: 'soon.timer', inSeconds: 20 },
    { unit: 'boot.timer', inSeconds: 30 },
    { unit: 'later.timer', inSeconds: 3600 },
  ])
})

test('without systemd there is no word of timers', () => {
  expect(parseQuiet(output(), 'M').timers).toBeNull()
  expect(parseQuiet(output({ timers: '' }), 'M').timers).toEqual([])
})
