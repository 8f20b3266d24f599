import { expect, test } from 'vitest'
import { JoulemarkError } from '../../../harness/model/error.ts'
import { publicPath, publicReason } from '../../../harness/run/public-error.ts'

const failed = (code: string, message: string): JoulemarkError =>
  new JoulemarkError({ code, message, exit: 'unreachable' })

test('what the connection says is kept by its code alone', () => {
  const error = failed('host-unreachable', "ops@db7.example.org:22 can't be reached")
  expect(publicReason(error, 'window')).toBe('no connection (host-unreachable)')
  expect(publicReason(new Error('/home/ops/.ssh/id is not readable'), 'connect')).toBe(
    'no connection (defect)',
  )
})

test('addresses and users are taken out of other messages; times and versions stay', () => {
  const text =
    'nginx 1.22.1 at 10:11:12: bind to 192.0.2.7:80, [2001:db8::7]:80, from ::1: as ops@192.0.2.7 failed'
  const error = new JoulemarkError({ code: 'service-not-ready', message: text, exit: 'invalid' })
  expect(publicReason(error, 'deploy')).toBe(
    'nginx 1.22.1 at 10:11:12: bind to (address):80, [(address)]:80, from (address): as (address) failed',
  )
})

test('a path in somebody’s home does not say whose', () => {
  expect(publicPath('/home/ada/bin/k6')).toBe('~/bin/k6')
  expect(publicPath('/root/bin/k6')).toBe('~/bin/k6')
  expect(publicPath('/usr/bin/k6')).toBe('/usr/bin/k6')
})
