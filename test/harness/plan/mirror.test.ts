import { expect, test } from 'vitest'
import { fullName, mirrored, pulledName } from '../../../harness/plan/connections.ts'

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

test.each([
  ['grafana/k6', 'docker.io/grafana/k6'],
  ['debian', 'docker.io/library/debian'],
  ['debian:12', 'docker.io/library/debian'],
  ['registry.example.org/a/b:1', 'registry.example.org/a/b'],
  ['127.0.0.1:5000/a', '127.0.0.1:5000/a'],
  ['localhost/a:1', 'localhost/a'],
])('%s is asked for as %s', (image, expected) => {
  expect(fullName(`${image}@${DIGEST}`)).toBe(`${expected}@${DIGEST}`)
})

test('a mirror stands for a registry that the name leaves out, too', () => {
  const mirror = { 'docker.io': 'registry.example.org/hub' }
  expect(pulledName(`grafana/k6:1@${DIGEST}`, mirror)).toBe(`registry.example.org/hub/grafana/k6@${DIGEST}`)
  expect(pulledName(`grafana/k6@${DIGEST}`, { grafana: 'registry.example.org' })).toBe(
    `registry.example.org/k6@${DIGEST}`,
  )
})
