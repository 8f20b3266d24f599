import { expect, test } from 'vitest'
import { mirrored } from '../../../harness/plan/connections.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`

test.each([
  ['ghcr.io/a/b', {}, 'ghcr.io/a/b'],
  ['ghcr.io/a/b', { 'ghcr.io': 'registry.example' }, 'registry.example/a/b'],
  ['ghcr.io/a/b', { 'ghcr.io': 'x', 'ghcr.io/a': 'y/z' }, 'y/z/b'],
  ['ghcr.io.evil/a/b', { 'ghcr.io': 'x' }, 'ghcr.io.evil/a/b'],
  ['ghcr.io/ab/c', { 'ghcr.io/a': 'x' }, 'ghcr.io/ab/c'],
  ['localhost:5000/a', { 'localhost:5000': 'registry.example:443/b' }, 'registry.example:443/b/a'],
])('%s by %j is %s, with its digest', (image, mirror, expected) => {
  expect(mirrored(`${image}@${DIGEST}`, mirror as Record<string, string>)).toBe(`${expected}@${DIGEST}`)
})
