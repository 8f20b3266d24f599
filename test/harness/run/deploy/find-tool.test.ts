import { expect, test } from 'vitest'
import { versionIn } from '../../../../harness/run/deploy/find-tool.ts'

test.each([
  ['nginx version: nginx/1.22.1', /nginx\/([0-9.]+)/, '1.22.1'],
  ['\n7-Zip [64] 26.02 : Copyright', /^7-Zip .*?\b([0-9]+\.[0-9]+)/, '26.02'],
  ['k6 v1.8.1 (go1.26.8, linux/amd64)', /^k6 v?([^ ]+)/g, '1.8.1'],
  ['first\nsecond 3', /second \d/, 'second 3'],
])('%j', (output, pattern, version) => {
  expect(versionIn(output, pattern)).toBe(version)
})

test('no line that matches: no version', () => {
  expect(versionIn('command not found', /([0-9]+)\.[0-9]+/)).toBeUndefined()
})
