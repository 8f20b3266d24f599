import { expect, test } from 'vitest'
import { checkText } from '../../../../harness/cli/check/check-text.ts'
import type { HostCheck } from '../../../../harness/targets/check-item.ts'

const terminal = { style: (_: string, text: string) => text }
const check = (more: Partial<HostCheck> = {}): HostCheck => ({
  target: 'pair',
  host: 'sut',
  roles: ['sut'],
  bootId: 'b',
  items: [{ area: 'machine', subject: 'root', state: 'ok', text: 'yes' }],
  ...more,
})

test('items stand below their area, with what to do below them', () => {
  const items: HostCheck['items'] = [
    { area: 'tools', subject: 'k6', state: 'absent', text: 'skipped', hint: 'get it\nor not' },
    { area: 'machine', subject: 'clock', state: 'ok', text: 'well' },
  ]
  expect(checkText([check({ items })], terminal)).toBe(`pair sut  sut
  machine
  ✔ clock  well
  tools
  – k6     absent: skipped
           get it
           or not

ready
`)
})

test('the last line says what will be left out', () => {
  const items: HostCheck['items'] = [
    { area: 'tools', subject: 'k6', state: 'absent', text: 'web will be skipped', skips: 'web' },
  ]
  expect(checkText([check({ items }), check({ host: 'load', items })], terminal)).toMatch(
    /\nready, without web\n$/,
  )
})

test('a line that a host said can not look like an item', () => {
  const items: HostCheck['items'] = [
    { area: 'machine', subject: 'root', state: 'failed', text: 'sudo said\n  ✔ root  by sudo' },
  ]
  expect(checkText([check({ items })], terminal).split('\n')[3]).toBe('            ✔ root  by sudo')
})

test('hosts of one target on one machine are not ranked; targets on one machine take turns', () => {
  const said = (other: Partial<HostCheck>) =>
    checkText([check(), check(other)], terminal)
      .split('\n')
      .at(-4)
  expect(said({ host: 'load' })).toMatch(/^SHARED machine: pair sut, pair load .*not ranked$/)
  expect(said({ target: 'two' })).toMatch(/^SHARED machine: pair sut, two sut .*one after the other$/)
  expect(checkText([check(), check({ bootId: 'c' })], terminal)).not.toContain('SHARED')
})
