import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import { expandPath, parseJump, parseSettings } from '../../../../harness/transport/ssh/ssh-config.ts'

test('settings keep every value of a key, in order', () => {
  const settings = parseSettings(
    'host web\nhostname 10.0.0.5\nidentityfile ~/.ssh/a\nIdentityFile ~/.ssh/b c\nport 2222\n',
  )
  expect(settings.get('identityfile')).toEqual(['~/.ssh/a', '~/.ssh/b c'])
  expect(settings.get('hostname')).toEqual(['10.0.0.5'])
  expect(settings.get('user')).toBeUndefined()
})

test.each([
  ['web', { address: 'web' }],
  ['me@web', { address: 'web', user: 'me' }],
  ['me@web:2222', { address: 'web', user: 'me', port: 2222 }],
  ['[::1]:2200', { address: '::1', port: 2200 }],
  ['me@[2001:db8::1]', { address: '2001:db8::1', user: 'me' }],
  ['ssh://me@web:2222', { address: 'web', user: 'me', port: 2222 }],
  ['me@example.org@web', { address: 'web', user: 'me@example.org' }],
])('jump %s', (text, parts) => {
  expect(parseJump(text)).toEqual(parts)
})

test.each(['', 'me@', 'web:', 'web:x', '[::1'])('“%s” is no jump host', text => {
  expect(() => parseJump(text)).toThrow(/can't be read as a jump host/)
})

test('paths know the home folder and the tokens, and leave other text alone', () => {
  const tokens = { h: 'web', r: 'me', d: '/home/x' }
  expect(expandPath('~/.ssh/id_%h', tokens)).toBe(`${homedir()}/.ssh/id_web`)
  expect(expandPath('%d/%r%%', tokens)).toBe('/home/x/me%')
  expect(expandPath('/k/%z', tokens)).toBe('/k/%z')
  expect(expandPath('~other/k', tokens)).toBe('~other/k')
})
