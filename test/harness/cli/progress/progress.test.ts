import { expect, test } from 'vitest'
import { plainLine } from '../../../../harness/cli/progress/plain-lines.ts'
import {
  advance,
  initialProgress,
  type ProgressState,
} from '../../../../harness/cli/progress/progress-state.ts'
import { treeLines } from '../../../../harness/cli/progress/tree-lines.ts'
import type { CampaignEvent } from '../../../../harness/model/event.ts'
import type { Finding } from '../../../../harness/model/finding.ts'
import { findingText } from '../../../../results/report/finding-text.ts'
import { fixture, loadText } from '../../plan/load-toy.ts'

const STEAL: Finding = { code: 'STEAL', host: 'local', values: { steal: 0.026 }, limit: 0.02 }
const run = '0007-cloud-a-toy-r3-a1'
const at = (seconds: number, event: CampaignEvent): readonly [number, CampaignEvent] => [
  seconds * 1000,
  event,
]

const EVENTS = [
  at(0, {
    type: 'campaign',
    id: 'two-hosts-20261120T0814Z-a41f',
    dir: 'campaigns/x',
    runs: 10,
    secondsLeft: 10_300,
  }),
  at(0, { type: 'plan-written' }),
  at(0, {
    type: 'run-start',
    run: '0006-here-toy-r2-a1',
    number: 6,
    of: 10,
    target: 'here',
    workload: 'toy',
    repetition: 2,
    attempt: 1,
    secondsLeft: 10_300,
  }),
  at(30, {
    type: 'finding',
    run: '0006-here-toy-r2-a1',
    finding: STEAL,
  }),
  at(40, { type: 'run-end', run: '0006-here-toy-r2-a1', outcome: 'complete', verdict: 'unranked' }),
  at(40, {
    type: 'run-start',
    run,
    number: 7,
    of: 10,
    target: 'cloud-a',
    workload: 'toy',
    repetition: 3,
    attempt: 1,
    secondsLeft: 10_260,
  }),
  at(41, { type: 'progress', run, text: 'connecting' }),
  at(42, { type: 'phase', run, phase: 'baseline', index: 0, seconds: 60 }),
  at(102, { type: 'phase-end', run, phase: 'baseline', index: 0 }),
  at(102, { type: 'phase', run, phase: 'deploy', index: 0, seconds: null }),
  at(104, { type: 'progress', run, text: 'nginx 1.22.1, k6 1.8.1' }),
  at(110, { type: 'phase-end', run, phase: 'deploy', index: 0 }),
  at(110, { type: 'phase', run, phase: 'window', index: 0, seconds: 240 }),
  at(111, { type: 'points', stored: 1_204_880, waiting: 0, refused: 0 }),
] as const

const stateAt = (seconds: number): ProgressState =>
  EVENTS.filter(([time]) => time <= seconds * 1000).reduce(
    (state, [time, event]) => advance(state, event, time),
    initialProgress,
  )

const tree = async (seconds: number, columns = 100): Promise<readonly string[]> => {
  const { plan } = await loadText(await fixture('sound.yaml'), { SUDO_PASSWORD: 'x', INFLUX_TOKEN: 'y' })
  return treeLines(stateAt(seconds), plan, { now: seconds * 1000, columns }).map(line =>
    line.map(({ text }) => text).join(''),
  )
}

test('the tree shows where the campaign stands, by the clock of the plan', async () => {
  expect(await tree(110 + 151)).toEqual([
    'two-hosts-20261120T0814Z-a41f   run 7 of 10   about 2 h 47 min left',
    '  ✔ plan                10 runs, seed 42, order in plan.json',
    '  ✔ 1 done              1 unranked',
    '  ▸ cloud-a toy r3',
    '      ✔ baseline  1 min      ✔ deploy  8 s',
    '      ▸ window  ▓▓▓▓▓▓▓▓▓░░░░░░  2:31 of 4:00',
    `  findings so far   1   here toy r2: ${findingText(STEAL)}`,
    '  influx            1,204,880 stored · 0 waiting · 0 refused',
  ])
})

test('a phase without a planned length counts up; one that takes longer stays full', async () => {
  expect(await tree(106)).toContain('      ▸ deploy  nginx 1.22.1, k6 1.8.1  0:04')
  expect(await tree(500)).toContain('      ▸ window  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓  4:00 of 4:00')
})

test('no line is longer than the terminal', async () => {
  for (const columns of [20, 40, 80]) {
    for (const line of await tree(300, columns)) expect(Array.from(line).length).toBeLessThanOrEqual(columns)
  }
})

test('plain lines tell runs, phases, findings and ends', () => {
  let state = initialProgress
  const lines = EVENTS.flatMap(([time, event]) => {
    const line = plainLine(event, state)
    state = advance(state, event, time)
    return line === null ? [] : [line]
  })
  expect(lines).toEqual([
    'two-hosts-20261120T0814Z-a41f: 10 runs, about 2 h 52 min, in campaigns/x',
    'run 6 of 10  here toy r2  (about 2 h 52 min left)',
    `    finding: ${findingText(STEAL)}`,
    '  complete, unranked',
    'run 7 of 10  cloud-a toy r3  (about 2 h 51 min left)',
    '    connecting',
    '  baseline  1 min',
    '  deploy',
    '    nginx 1.22.1, k6 1.8.1',
    '  window  4 min',
    '  influx: 1,204,880 stored, 0 waiting, 0 refused',
  ])
})

test('figures of the database are told when they change', () => {
  const points = { type: 'points', stored: 1, waiting: 2, refused: 0 } as const
  const state = advance(initialProgress, points, 0)
  expect(plainLine(points, state)).toBeNull()
  expect(plainLine({ ...points, waiting: 0 }, state)).toBe('  influx: 1 stored, 0 waiting, 0 refused')
})
