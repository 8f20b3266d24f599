import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { summaryExit, summaryText } from '../../../harness/cli/summary-text.ts'
import type { CampaignSummary } from '../../../harness/run/summary.ts'

const ENDED: CampaignSummary = {
  id: 'c',
  dir: resolve('campaigns/c'),
  planned: 4,
  runs: [],
  complete: 4,
  skipped: 0,
  open: 0,
  valid: 3,
  unranked: 1,
  invalid: 0,
  made: 62,
  gone: 62,
  left: [],
  interrupted: false,
  nothingToDo: false,
  sealed: true,
  points: null,
}
const text = (changes: Partial<CampaignSummary>): string =>
  summaryText({ summary: { ...ENDED, ...changes }, result: null, report: resolve('campaigns/c/r.html') })
const refused = {
  run: 'r',
  number: 1,
  attempt: 1,
  outcome: 'aborted',
  verdict: null,
  findings: [],
  error: { code: 'no-login', message: 'it refused us' },
  unreachable: true,
} as const
const left = { run: 'r', target: 't', host: 'h', what: 'folder /x', reason: 'it could not be removed' }

test('a campaign that went well ends in two lines to go on with', () => {
  expect(text({})).toBe(
    '4 runs: 3 valid, 1 valid but unranked · clean-up: 62 made, 62 gone\nreport  campaigns/c/r.html\nverify  joulemark verify campaigns/c\n',
  )
})

test('what was stopped, left behind or not sent is told with the command that goes on', () => {
  expect(text({ interrupted: true, complete: 1, valid: 1, unranked: 0, open: 3, sealed: false })).toContain(
    'stopped. 1 of 4 runs are complete and saved in campaigns/c\n  go on with: joulemark run --resume campaigns/c\n',
  )
  expect(text({ left: [left], gone: 61 })).toContain(
    'left behind 1:\n  t h: folder /x (it could not be removed)\n  try again with: joulemark reap campaigns/c\n',
  )
  expect(text({ points: { stored: 10, waiting: 5, refused: 0 } })).toContain(
    'influx  10 stored · 5 waiting · 0 refused\n  nothing is lost; send what waits with: joulemark sync campaigns/c\n',
  )
})

test.each([
  [{}, 'ok'],
  [{ skipped: 1, complete: 3 }, 'ok'],
  [{ points: { stored: 0, waiting: 9, refused: 0 } }, 'ok'],
  [{ invalid: 1, valid: 2 }, 'invalid'],
  [{ open: 1 }, 'invalid'],
  [{ left: [left], invalid: 1 }, 'leftBehind'],
  [{ interrupted: true, open: 1, left: [left] }, 'interrupted'],
  [{ interrupted: true }, 'ok'],
  [{ complete: 0, valid: 0, open: 4, runs: [refused, refused] }, 'unreachable'],
  [{ complete: 0, valid: 0, open: 4, runs: [refused, { ...refused, unreachable: false }] }, 'invalid'],
  [{ complete: 1, valid: 1, open: 3, runs: [refused] }, 'invalid'],
] as const)('%o exits %s', (changes, exit) => expect(summaryExit({ ...ENDED, ...changes }, null)).toBe(exit))
