import { expect, test } from 'vitest'
import { candidates } from '../../../../harness/run/deploy/address.ts'

test('the address that our own connection came in at is tried first; each once; none that others can not reach', () => {
  const text = `ssh 10.1.0.5 2222
ip 192.168.7.9
ip 10.1.0.5
ip 127.0.0.1
ip fe80::1
ip fd00::5
ip ; rm -rf
`
  expect(candidates(text)).toEqual([
    { address: '10.1.0.5', port: 2222 },
    { address: '192.168.7.9', port: null },
    { address: 'fd00::5', port: null },
  ])
})

test('nothing said, nothing found', () => {
  expect(candidates('')).toEqual([])
})
