import { expect, test } from 'vitest'
import { authsFor, registryOf } from '../../../../harness/run/cluster/pull-secret.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`
const config = (auths: Record<string, object>): string => JSON.stringify({ auths })
const AUTH = { auth: 'dXNlcjpwYXNz' }

test('the registry of an image is what stands before its first slash, if that can be a host', () => {
  expect(registryOf(`registry.example.org/a/b@${DIGEST}`)).toBe('registry.example.org')
  expect(registryOf(`127.0.0.1:5000/a@${DIGEST}`)).toBe('127.0.0.1:5000')
  expect(registryOf(`localhost/a@${DIGEST}`)).toBe('localhost')
  expect(registryOf(`library/debian@${DIGEST}`)).toBe('docker.io')
  expect(registryOf('debian')).toBe('docker.io')
})

test('only the credentials of the image’s registry go to the cluster', () => {
  const all = config({
    'https://registry.example.org/v1/': AUTH,
    'other.example.org': AUTH,
    'https://index.docker.io/v1/': AUTH,
  })
  const keysFor = (image: string): readonly string[] => Object.keys(authsFor(image, all))
  expect(keysFor(`registry.example.org/a@${DIGEST}`)).toEqual(['https://registry.example.org/v1/'])
  expect(keysFor(`grafana/k6@${DIGEST}`)).toEqual(['https://index.docker.io/v1/'])
})

test('a key with a path is for what lies below it', () => {
  const all = config({ 'registry.example.org/team-a': AUTH, 'registry.example.org/team-b/x': AUTH })
  const keysFor = (image: string): readonly string[] => Object.keys(authsFor(image, all))
  expect(keysFor(`registry.example.org/team-a/w@${DIGEST}`)).toEqual(['registry.example.org/team-a'])
  expect(() => keysFor(`registry.example.org/team-ab/w@${DIGEST}`)).toThrow('none for registry.example.org')
})

test('only what a kubelet takes goes there, and what it does not take is said here', () => {
  const image = `registry.example.org/a@${DIGEST}`
  const of = (entry: object): unknown =>
    authsFor(image, config({ 'registry.example.org': entry }))['registry.example.org']
  expect(of({ username: 'user', password: 'pass', email: 'x' })).toEqual(AUTH)
  expect(of({ ...AUTH, identitytoken: 'more' })).toEqual(AUTH)
  for (const entry of [{}, { identitytoken: 'x' }, { auth: 'bm8gY29sb24=' }, { auth: 'OnBhc3M=' }])
    expect(() => of(entry), JSON.stringify(entry)).toThrow('no user and password')
})

test('a pattern fits part by part, and nothing in it is an expression', () => {
  const fits = (key: string, image: string): boolean => {
    try {
      return Object.keys(authsFor(image, config({ [key]: AUTH }))).length === 1
    } catch {
      return false
    }
  }
  expect(fits('*.example.org', 'a.example.org/x')).toBe(true)
  expect(fits('*.example.org', 'a.b.example.org/x')).toBe(false)
  expect(fits('reg*.example.org:5000', 'registry.example.org:5000/x')).toBe(true)
  expect(fits('.*', 'a.example.org/x')).toBe(false)
})

test('credentials that are none are refused, and not a word of theirs is said', () => {
  const said = (text: string): string => {
    try {
      authsFor(`registry.example.org/a@${DIGEST}`, text)
      return ''
    } catch (error) {
      return JSON.stringify(error) + String(error)
    }
  }
  for (const text of [
    'hunter2',
    '{"auths": "hunter2"}',
    config({ 'registry.example.org': {}, 'other.example.org': { auth: 'hunter2' } }),
  ]) {
    expect(said(text)).toContain('pull_auth')
    expect(said(text)).not.toContain('hunter2')
  }
})
