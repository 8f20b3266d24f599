import { expect, test } from 'vitest'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { attempt, type HostCheck, isNotReady, sharedMachines } from '../../../harness/targets/check-item.ts'

const check = (host: string, bootId: string | null): HostCheck => ({
  target: 't',
  host,
  roles: ['sut'],
  bootId,
  items: [],
})

test('equal boot ids are one machine; hosts that were not reached are none', () => {
  const shared = sharedMachines([
    check('a', '1'),
    check('b', '2'),
    check('c', '1'),
    check('d', null),
    check('e', null),
  ])
  expect(shared.map(hosts => hosts.map(({ host }) => host))).toEqual([['a', 'c']])
})

test('a look that throws is a failed item with place and hint, and the host is not ready', async () => {
  const error = new JoulemarkError({
    code: 'host-key-changed',
    message: 'another key',
    place: { file: '/known_hosts', line: 7 },
    hint: 'look at it',
  })
  const items = await attempt('reachable', () => Promise.reject(error))
  expect(items).toEqual([
    { subject: 'reachable', state: 'failed', text: 'another key (/known_hosts:7)', hint: 'look at it' },
  ])
  expect(isNotReady({ ...check('a', '1'), items: items.map(item => ({ area: 'machine', ...item })) })).toBe(
    true,
  )
})
