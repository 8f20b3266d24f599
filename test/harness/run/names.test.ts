import { array, assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { folderName, isBelowOurs, isOurName } from '../../../harness/run/names.ts'

const CAMPAIGN = 'web-20260101T000000Z-0a1b'
const OURS = folderName(CAMPAIGN, '0001-here-toy-r1-a1')

test.each([`/tmp/${OURS}`, `/var/tmp/${OURS}-host/load`, `/sys/fs/cgroup/cpu/${OURS}-nginx`])(
  '%s is ours',
  path => {
    expect(isBelowOurs(path, CAMPAIGN)).toBe(true)
  },
)

test.each([
  '/',
  '',
  'tmp',
  '/etc',
  '/home/jm-photos',
  `/tmp/${OURS}/../../etc`,
  `/tmp/./${OURS}`,
  `/tmp//${OURS}`,
  `/tmp/${OURS}/`,
  `tmp/${OURS}`,
  `/tmp/${OURS}\n/etc`,
  `/tmp/x${OURS}`,
  `/tmp/jm-${CAMPAIGN}-`,
  `/tmp/jm-${CAMPAIGN}-0001`,
  `/tmp/${folderName('other', '0001-here-toy-r1-a1')}`,
])('%j is not ours', path => {
  expect(isBelowOurs(path, CAMPAIGN)).toBe(false)
})

test('a path without a segment that carries our name is never ours', () => {
  const segment = string({
    unit: constantFrom('j', 'm', '-', '0', 'a', 'Z', '.', '/'),
    minLength: 1,
    maxLength: 20,
  })
  assert(
    property(array(segment, { maxLength: 6 }), segments => {
      const path = `/${segments.join('/')}`
      const named = path.split('/').some(one => one.startsWith(`jm-${CAMPAIGN}-`) && isOurName(one))
      expect(isBelowOurs(path, CAMPAIGN) && !named).toBe(false)
    }),
  )
})
